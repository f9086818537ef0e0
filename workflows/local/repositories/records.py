"""What the repository of a rig records of merges and reverts, whichever town or cluster did them."""

import dataclasses
import os
from collections.abc import Set as AbstractSet

from workflows import refs
from workflows.errors import Missing, Refused, Unavailable
from workflows.local.repositories.branches import subject_of
from workflows.local.repositories.inspection import TIMEOUT, git, scratch
from workflows.names import BeadId
from workflows.refinery.candidate.message import HEAD_TRAILER
from workflows.refinery.candidate.work import merged as merges
from workflows.steps.errors import StepError
from workflows.steps.git.command import Git


@dataclasses.dataclass(frozen=True, slots=True)
class Records:
    """Commits by convoy and bead: what is merged, and what was taken back and not merged by that convoy again."""

    merged: dict[tuple[str, BeadId], str]
    reverted: dict[tuple[str, BeadId], str]

    def with_shown(self, shown: AbstractSet[tuple[str, BeadId]]) -> frozenset[BeadId]:
        """The beads that are merged, with those that convoys show as merged by them."""
        return frozenset(bead for _, bead in (shown | self.merged.keys()) - self.reverted.keys())


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What one convoy merged of a bead: the commit, and the first line of its message."""

    bead: BeadId
    convoy: str
    sha: str
    subject: str


@dataclasses.dataclass(frozen=True, slots=True)
class Reverse:
    """What taking a merge back would change, as git sums it up, and the files that conflict with what came later."""

    stat: str
    conflicts: tuple[str, ...]


def records(url: str) -> Records:
    """All records of merges. Raises Unavailable."""
    answer = git("ls-remote", "--", url, f"{refs.MERGED}*", f"{refs.REVERTED}*", url=url)
    found: dict[str, dict[tuple[str, BeadId], str]] = {refs.MERGED: {}, refs.REVERTED: {}}
    for line in answer.splitlines():
        sha, _, ref = line.partition("\t")
        kind = next((each for each in found if ref.startswith(each)), None)
        if kind:
            convoy, _, bead = ref.removeprefix(kind).rpartition("/")
            found[kind][convoy, BeadId(bead)] = sha
    merged = found[refs.MERGED]
    return Records(merged, {key: sha for key, sha in found[refs.REVERTED].items() if key not in merged})


def merge_of(url: str, bead: str, *, convoy: str = "") -> Merged:
    """The merge of a bead that can be taken back. Raises Missing where there is none, Refused where it was or has to be named, Unavailable."""
    known = records(url)
    wanted = {
        name: sha for (name, each), sha in known.merged.items() if each == bead and convoy in ("", name)
    }
    if not wanted:
        gone = [sha for (name, each), sha in known.reverted.items() if each == bead and convoy in ("", name)]
        if gone:
            raise Refused(
                f"bead {bead}: it was reverted already, as {gone[0][:12]}; sling it to have it worked again"
            )
        raise Missing(f"bead {bead}: the repository {url} has no record that it was merged")
    if len(wanted) > 1:
        raise Refused(
            f"bead {bead}: several convoys merged it ({', '.join(sorted(wanted))}); name one with --convoy"
        )
    [(name, sha)] = wanted.items()
    return Merged(bead=BeadId(bead), convoy=name, sha=sha, subject=subject_of(url, refs.merged(name, bead)))


def reverse(url: str, target: str, merged: Merged) -> Reverse:
    """What the refinery would make of it on the target as it is now. Raises Refused where the commit has no trailers, Unavailable."""
    with scratch(url) as repository:

        def ask(*words: str) -> str:
            return git(*words, url=url, repository=repository)

        record = refs.merged(merged.convoy, merged.bead)
        ask("fetch", "--quiet", "--no-tags", "--", url, f"+{refs.head(target)}:refs/t", f"+{record}:refs/m")
        person = ("-c", "user.name=Gas Town", "-c", "user.email=refinery@gastown.io")
        form = f"--format=%H %(trailers:key={HEAD_TRAILER},valueonly,separator=)"
        line = [row.partition(" ") for row in ask("log", "--first-parent", form, "refs/m").splitlines()]
        own = line[0][2]
        before = next((sha for sha, _, head in line[1:] if head != own), "")
        if not (own and before):
            raise Refused(
                f"bead {merged.bead}: the commit {merged.sha[:12]} does not say that it is all of it; revert it by hand on a branch, and "
                "submit that to the merge queue"
            )
        undone = ask(*person, "commit-tree", f"{before}^{{tree}}", "-p", "refs/m", "-m", "reverse").strip()
        try:
            own_git = Git.of(os.environ).having(GIT_DIR=repository).within_seconds(TIMEOUT)
            _, conflicts = merges(own_git, "refs/t", undone)
        except StepError as error:
            raise Unavailable(f"repository {url}: {error}") from error
        return Reverse(ask("diff", "--stat", "refs/m", undone), conflicts or ())
