"""Which commit of the target carries a pull request that is merged, however it was merged."""

from workflows.refinery.candidate.message import HEAD_TRAILER
from workflows.steps.git.command import Git
from workflows.steps.git.history import is_ancestor


def carrier(git: Git, target: str, *, told: str, head: str, number: int) -> str:
    """The whole name of the commit. `told` is what the forge named, if it did, `head` the last commit of the work; `target` is fetched.

    A person may have merged with words of their own, so the trailer can be missing: then it is the work itself where the target holds
    that, else the commit that names the pull request as forges do. The target's head is the last resort: others may have moved it.
    """
    if told and is_ancestor(git, told, target):
        return git.run("rev-parse", "--verify", f"{told}^{{commit}}").strip()
    if is_ancestor(git, head, target):
        return _taken_in(git, head, target)
    for words in (f"^{HEAD_TRAILER}: {head}$", f"^[^ ].* ([#!]{number})$"):
        found = git.run("log", "-1", "--format=%H", f"--grep={words}", target).strip()
        if found:
            return found
    return git.run("rev-parse", "--verify", target).strip()


def _taken_in(git: Git, head: str, target: str) -> str:
    """The merge by which the target took the work in, or the work where it lies on the target's own line."""
    later = git.run("rev-list", "--first-parent", "--ancestry-path", "--reverse", f"{head}..{target}")
    first = later.partition("\n")[0].strip()
    return head if not first or is_ancestor(git, head, f"{first}^1") else first
