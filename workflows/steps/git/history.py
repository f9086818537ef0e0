"""Questions about ancestry in a repository that may hold only the last commits of it."""

from typing import NamedTuple

from workflows.steps.errors import Refused
from workflows.steps.git.checkout import Source
from workflows.steps.git.command import Git, failed


class History(NamedTuple):
    """Ancestry, fetching the rest of it only when the answer needs it. `refspecs` say of what."""

    git: Git
    source: Source
    refspecs: tuple[str, ...]

    def fork(self, one: str, other: str) -> str:
        """The commit where two lines part. Raises Refused for lines that never met."""
        found = self._ask("merge-base", one, other)
        if not found and self.deepen():
            found = self._ask("merge-base", one, other)
        if not found:
            raise Refused(
                f"{other} and {one} share no history: the work branch does not come from this base; delete it"
            )
        return found

    def contains(self, tip: str, commit: str) -> bool:
        """Whether a commit is in the history of a tip; one that nobody has is not."""
        return tip == commit or self._contains(tip, commit) or (self.deepen() and self._contains(tip, commit))

    def deepen(self) -> bool:
        """Fetch what is missing; False when nothing was."""
        shallow = self.git.run("rev-parse", "--is-shallow-repository").strip() == "true"
        if shallow:
            self.source.deepen(*self.refspecs)
        return shallow

    def _contains(self, tip: str, commit: str) -> bool:
        return is_ancestor(self.git, commit, tip)

    def _ask(self, *arguments: str) -> str:
        done = self.git.call(*arguments)
        if done.code not in (0, 1):
            raise failed(arguments[0], done)
        return done.out.strip()


def is_ancestor(git: Git, commit: str, tip: str) -> bool:
    """Whether `commit` is in the history of `tip`, as far as it is here. A commit that is not here is in none."""
    return git.call("merge-base", "--is-ancestor", commit, tip).code == 0
