"""The git references that hold the state of a convoy, so that it survives any crash and needs no server.

Everything that decides "already done" is read from here: a step that finds its effect succeeds without redoing it.
"""

import hashlib

ROOT = "refs/gastown"


def head(branch: str) -> str:
    """The reference of a branch: `refs/heads/<branch>`."""
    return f"refs/heads/{branch}"


def work_branch(bead: str) -> str:
    """The branch that a polecat commits to, when nobody names another. The same for every convoy and attempt."""
    return f"polecat/{bead}"


WORK_BRANCHES = ("polecat/**", "feature/**")
"""Branches that polecats may be given when their rig says nothing: our own, and those of gastown-operator's manifests."""


IN_THE_WAY = "polecat"
"""A branch of this name leaves git no room for those below it."""

_SHA1_LENGTH = 40


def unworkable(head: str, *, in_the_way: bool) -> str:
    """Why polecats can't work on a repository whose branch has this head; nothing where they can."""
    if len(head) != _SHA1_LENGTH:
        return "its objects are named by SHA-256, which polecats can't work on yet; use a repository with SHA-1 objects"
    if in_the_way:
        return (
            f"its branch {IN_THE_WAY} is in the way of the branches {IN_THE_WAY}/<bead> that polecats push, as git can't have "
            "both; rename or delete it"
        )
    return ""


def made_by_us(branch: str) -> bool:
    """Whether a branch is ours to delete: one that a person named may have been there before."""
    return branch.startswith("polecat/")


def wip(bead: str) -> str:
    """A snapshot of the uncommitted files of a running agent; gone once its work is published."""
    return f"{ROOT}/wip/{bead}"


def queue(target: str, bead: str) -> str:
    """The merge queue's entry: an annotated tag object on the published commit, its message the entry as JSON."""
    return f"{ROOT}/queue/{target}/{bead}"


def queue_prefix(target: str) -> str:
    """What every queue entry of one target starts with."""
    return f"{ROOT}/queue/{target}/"


def target_of(reference: str) -> str:
    """The target of a queue's entry; empty for any other reference."""
    start = f"{ROOT}/queue/"
    return reference.removeprefix(start).rpartition("/")[0] if reference.startswith(start) else ""


def ask(target: str, bead: str) -> str:
    """There while a merge step of the bead runs: only who asks to be merged is taken along by others."""
    return f"{ROOT}/asks/{target}/{bead}"


def ask_prefix(target: str) -> str:
    """What every ask of one target starts with."""
    return f"{ROOT}/asks/{target}/"


def lease(target: str) -> str:
    """There while a merge step leads a batch to the target; the others wait for it."""
    return f"{ROOT}/lease/{target}"


def results(target: str) -> str:
    """What gates found on trees of late, and how large the next batch is."""
    return f"{ROOT}/results/{target}"


def landing(target: str, bead: str) -> str:
    """Who merges the bead's pull request just now: an annotated tag, made only where there is none."""
    return f"{ROOT}/landing/{target}/{bead}"


def proposed(target: str, bead: str) -> str:
    """That a pull request was opened, or was about to be, for the bead's work."""
    return f"{ROOT}/proposed/{target}/{bead}"


MERGED = f"{ROOT}/merged/"
"""What every record of a merge starts with."""


REVERTED = f"{ROOT}/reverted/"
"""What every record of a reverted merge starts with."""


def reverted(convoy: str, bead: str) -> str:
    """The commit on the target that took back what this convoy merged of this bead; its record of the merge is gone."""
    return f"{REVERTED}{convoy}/{bead}"


def merged(convoy: str, bead: str) -> str:
    """The commit on the target that carries this bead, by the convoy's name: for people, and for whoever asks what was merged."""
    return f"{MERGED}{convoy}/{bead}"


def published(convoy: str, bead: str) -> str:
    """The commit of a bead that nobody merges, by the convoy's name: what was only published is merged for nobody."""
    return f"{ROOT}/published/{convoy}/{bead}"


def settled(convoy: str, owner: str, bead: str) -> str:
    """The same commit, as the proof for one convoy that its bead is done: `owner` tells it from others that had or will have its name."""
    return f"{ROOT}/settled/{convoy}/{hashlib.sha256(owner.encode()).hexdigest()[:16]}/{bead}"


def merged_bead(reference: str) -> str:
    """The bead of a record of a merge; empty for any other reference."""
    return reference.rpartition("/")[2] if reference.startswith(MERGED) else ""


def claim(bead: str) -> str:
    """Who works the bead just now: a small JSON object, moved with each heartbeat and gone at the end."""
    return f"{ROOT}/claim/{bead}"


def kept(bead: str, name: str) -> str:
    """Work of a bead that was not published, whatever the reason: nothing of ours overwrites or removes it."""
    return f"{ROOT}/kept/{bead}/{name}"
