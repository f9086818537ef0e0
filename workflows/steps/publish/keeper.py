"""Keeps what is not published: whatever the end, the agent's work is on the server, or its place is named."""

from typing import NamedTuple

from workflows import refs
from workflows.steps.errors import StepError
from workflows.steps.git.history import is_ancestor
from workflows.steps.git.remote import Update
from workflows.steps.publish.intake import Tip
from workflows.steps.publish.progress import Progress
from workflows.steps.speech import say
from workflows.steps.wall.sighting import BESIDE, BUNDLE, BUNDLED, Other, Sighting

MOST = 20
"""Lines of work that are kept under refs of their own; those beyond are parents of one more commit."""

_BEYOND = 1000

_WAY_BACK = (
    " (a repository comes back by: git fetch origin {ref} && git show FETCH_HEAD:{bundle} >b; then `git fetch <path of b> HEAD` in a "
    "clone of it, or `git clone b` where it has no server)"
)
"""Without its folder: a name that an agent chose is not for a shell."""


class Keeper(NamedTuple):
    """Pushes commits to refs of their own, `refs/gastown/kept/<bead>/<commit>`, which nothing overwrites. What it commits itself, it
    does as of `at`: the same on every rerun.
    """

    progress: Progress
    at: int

    def keep(self, lines: list[Other]) -> str:
        """Keep them, and say where. Raises nothing: an end has its own reason."""
        told, bundles = [], []
        first = {line.sha: line for line in reversed(lines)}
        for line in self._bounded([*reversed(first.values())]):
            ref = refs.kept(self.progress.task.bead, line.sha[:12])
            if self._push(ref, line):
                told.append(f"{line.name} is kept as {ref}")
                bundles += [ref] if line.name.startswith(BUNDLED) else []
            else:
                place = self.progress.ledger.repository
                told.append(f"{line.name} could not be kept on the server: it is {line.sha[:12]} in {place}")
        return ", ".join(told) + (_WAY_BACK.format(ref=bundles[0], bundle=BUNDLE) if bundles else "")

    def _bounded(self, lines: list[Other]) -> list[Other]:
        """At most one more than so many: an agent may have thousands of branches."""
        rest = lines[MOST : MOST + _BEYOND]
        if not rest:
            return lines
        start = self.progress.state.start_sha
        joined = self.progress.commit(
            Tip(start, ""), f"{start}^{{tree}}", self.at, *(each.sha for each in rest)
        )
        return [*lines[:MOST], Other(f"{BESIDE}in {len(rest)} more", joined)]

    def _push(self, ref: str, line: Other) -> bool:
        try:
            answer = self.progress.push([Update(ref, line.sha)])
            if answer.accepted:
                return True
            say(f"{ref} was refused ({', '.join(answer.refusals.values())}) {answer.words}")
            # Some servers take branches and tags only. What is no line of commits must not be the bead's branch.
            return not line.put_away and self._descends(line.sha) and self.progress.push_branch(line.sha)
        except StepError as error:
            say(f"{ref} could not be pushed: {error}")
            return False

    def _descends(self, sha: str) -> bool:
        return is_ancestor(self.progress.git, self.progress.branch_sha or self.progress.state.start_sha, sha)

    def elsewhere(self, seen: Sighting, published: tuple[str, ...]) -> list[Other]:
        """Lines of the agent's work that are in none of these commits, nor in what it was given; what HEAD left only where nothing else is."""
        state = self.progress.state
        there = (*filter(None, published), state.start_sha, state.base_sha)
        found = [each for each in seen.others if not each.passed]
        lines = self._new([Other(state.branch, seen.branch), *found], there)
        if lines or seen.head not in ("", state.start_sha):
            return lines
        return self._new([each for each in seen.others if each.passed][:MOST], there)

    def beside(self, seen: Sighting) -> list[Other]:
        """What lies uncommitted in other places, committed on what it stands on."""
        intake, start = self.progress.intake, self.progress.state.start_sha
        found = []
        for name, head, tree in seen.beside:
            tip = intake.tip(head) or intake.tip(start) or Tip(start, "")
            if not intake.has_tree(tree):
                found.append(Other(name, tree))
            elif tree != tip.tree:
                found.append(Other(name, self.progress.commit(tip, tree, self.at)))
        return found

    def result(self, lines: list[Other]) -> str:
        """The one line that an agent which came back empty-handed must have meant, or nothing."""
        start, git = self.progress.state.start_sha, self.progress.git
        meant = [each for each in lines if not each.put_away]
        meant = [each for each in meant if is_ancestor(git, start, each.sha)]
        ends = [
            each
            for each in meant
            if not any(other.sha != each.sha and is_ancestor(git, each.sha, other.sha) for other in meant)
        ]
        return ends[0].sha if len({each.sha for each in ends}) == 1 else ""

    def _new(self, lines: list[Other], there: tuple[str, ...]) -> list[Other]:
        named = dict.fromkeys(each.sha for each in lines if each.sha and each.sha not in there)
        fresh = self.progress.intake.beyond(tuple(named), there)
        return [each for each in lines if each.sha in fresh]
