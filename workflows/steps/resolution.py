"""Whether an agent that was asked to resolve a conflict did so."""

from collections.abc import Sequence

from workflows.steps.errors import StillConflicting
from workflows.steps.history import is_ancestor
from workflows.steps.view import View
from workflows.steps.workspace import State

_MARKERS = r"^(<<<<<<<|>>>>>>>)( |$)"
_OURS_AND_THEIRS = {"2", "3"}


def check(view: View, state: State, sha: str, target: str) -> None:
    """Raises StillConflicting unless `sha` contains the target's commit and no conflict is left in it."""
    if not is_ancestor(view.git, state.target_sha, sha):
        raise StillConflicting(
            f"the agent did not merge {target} into {state.branch}: resolve it by hand, push the branch, sling the bead again"
        )
    left = sorted({*_marked(view, state.conflicts, sha), *_undecided(view)})
    if left:
        raise StillConflicting(
            f"conflicts with {target} are left in {', '.join(left[:5])}{' ...' if left[5:] else ''}: "
            f"resolve them on {state.branch} by hand, push it, sling the bead again"
        )


def _marked(view: View, files: Sequence[str], sha: str) -> list[str]:
    if not files:
        return []
    literal = [f":(top,literal){name}" for name in files]
    done = view.git.call("grep", "--name-only", "-z", "-I", "-E", _MARKERS, sha, "--", *literal)
    return [name.partition(":")[2] for name in done.out.split("\0") if name]


def _undecided(view: View) -> list[str]:
    """Files that one side deleted and nobody decided on: they hold no markers to tell by."""
    raw = view.git.having(GIT_INDEX_FILE=view.theirs / "index").run("ls-files", "--unmerged", "-z")
    stages: dict[str, set[str]] = {}
    for line in filter(None, raw.split("\0")):
        facts, _, name = line.partition("\t")
        stages.setdefault(name, set()).add(facts.rpartition(" ")[2])
    return [name for name, seen in stages.items() if not seen >= _OURS_AND_THEIRS]
