"""Whether an agent finished what it began: the conflict that it was asked to resolve, or a rebase, merge or stash of its own."""

from collections.abc import Sequence

from workflows.steps.errors import StillConflicting
from workflows.steps.git.command import Git
from workflows.steps.git.history import is_ancestor
from workflows.steps.pod.ledger import State
from workflows.steps.publish.intake import Tip
from workflows.steps.wall.sighting import Sighting

_ANY = ("-e", "^(<{7,}|>{7,})( |\r?$)")
_WHOLE = ("--all-match", "-e", "^<{7,}( |\r?$)", "-e", "^={7,}\r?$", "-e", "^>{7,}( |\r?$)")
"""As long as a repository's attributes have them, and with the line ends of its files."""

_SHOWN = 5


def check(git: Git, state: State, seen: Sighting, sha: str, *, target: str) -> None:
    """Raises StillConflicting unless `sha` contains the target's commit and no conflict is left in it."""
    if not is_ancestor(git, state.target_sha, sha):
        raise StillConflicting(
            f"the agent did not merge {target} into {state.branch}: resolve it by hand, push the branch, sling the bead again"
        )
    left = sorted({*_marked(git, state.conflicts, sha), *seen.undecided})
    if left:
        raise StillConflicting(
            f"conflicts with {target} are left in {_named(left)}: "
            f"resolve them on {state.branch} by hand, push it, sling the bead again"
        )


def unfinished(git: Git, seen: Sighting, head: Tip, tree: str, *, base: str) -> str:
    """What the agent left half done, in words; nothing where it is through. What it committed counts as a conflict only where a file
    that had none at the base has whole ones now: a single marker may be a heading.
    """
    if seen.under_way:
        return f"in the middle of a {seen.under_way}"
    if seen.undecided:
        return f"with a conflict in {_named(sorted(seen.undecided))}"
    fresh: set[str] = set()
    if tree != head.tree:
        marked = set(_marked(git, _changed(git, head.tree, tree), tree))
        fresh = marked - set(_marked(git, sorted(marked), head.tree)) | marked & set(seen.unmerged)
    if head.sha != base:
        whole = set(_marked(git, _changed(git, base, tree), tree, _WHOLE))
        fresh |= whole - set(_marked(git, sorted(whole), base, _WHOLE))
    return f"with conflict markers in {_named(sorted(fresh))}" if fresh else ""


def _changed(git: Git, one: str, other: str) -> list[str]:
    told = git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", one, other)
    return list(filter(None, told.split("\0")))


def _marked(git: Git, files: Sequence[str], tree: str, markers: Sequence[str] = _ANY) -> list[str]:
    if not files:
        return []
    found: list[str] = []
    for start in range(0, len(files), 500):
        literal = [f":(top,literal){name}" for name in files[start : start + 500]]
        done = git.call("grep", "--name-only", "-z", "--text", "-E", *markers, tree, "--", *literal)
        found += [name.partition(":")[2] for name in done.out.split("\0") if name]
    return found


def _named(files: Sequence[str]) -> str:
    return f"{', '.join(files[:_SHOWN])}{' ...' if files[_SHOWN:] else ''}"
