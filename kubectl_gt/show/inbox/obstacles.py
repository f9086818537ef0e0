"""What keeps beads of a rig from going on until a person does something, once however many beads wait for it."""

import dataclasses
import re
from collections.abc import Iterable

from crds import Polecat
from workflows.exits import Reason
from workflows.observe import Stage, stage_of, waits_for_login
from workflows.observe.reasons import NOT_STARTED

_IMAGE = frozenset(
    (
        "ErrImageNeverPull",
        "ErrImagePull",
        "ErrImagePullBackOff",
        "ImageInspectError",
        "ImagePullBackOff",
        "InvalidImageName",
        "RegistryUnavailable",
    )
)
_SET_UP = frozenset(("CreateContainerConfigError", "CreateContainerError", "FailedMount"))
_PASSES = ("Insufficient", "Too many pods")
"""In what a scheduler says of a node that will have room again."""
_MISSING = re.compile(r'(secret|configmap) "([^"]+)" not found', re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """What stands in the way of beads of one rig, in the words of the first, and the deed that takes it away."""

    rig: str
    beads: tuple[str, ...]
    why: str
    step: str


def obstacles(polecats: Iterable[Polecat], *, program: str) -> tuple[Obstacle, ...]:
    """All of them, by rig and deed, in the order in which their first beads come. What passes by itself is none: a limit, a queue, a full node."""
    found: dict[tuple[str, str], list[Polecat]] = {}
    for polecat in polecats:
        if step := _step(polecat, program):
            found.setdefault((polecat.spec.rig, step), []).append(polecat)
    return tuple(
        Obstacle(
            rig=rig,
            beads=tuple(each.spec.bead_id for each in waiting),
            why=waiting[0].status.summary,
            step=step,
        )
        for (rig, step), waiting in found.items()
    )


def _step(polecat: Polecat, program: str) -> str:
    """What a person has to do before it goes on; empty where that is nothing."""
    status, stage = polecat.status, stage_of(polecat.status)
    if waits_for_login(status):
        return f"log the agent in, then `{program} auth sync`"
    if stage is Stage.MERGING and status.reason == Reason.TARGET_RED.word:
        return f"push a repair, or take back what broke it with `{program} revert BEAD`; what waits goes on by itself"
    if stage in (Stage.WORKING, Stage.MERGING) and status.summary.startswith(NOT_STARTED):
        return _of_pod(status.summary)
    return ""


def _of_pod(summary: str) -> str:
    """Argo tells the kubelet's word, and behind it the kubelet's message."""
    word = summary.removeprefix(f"{NOT_STARTED}: ").partition(":")[0]
    if word in _IMAGE:
        return (
            "let the nodes pull that image: push it, correct its name, or name its pull secret; "
            "a pod that waits tries again by itself"
        )
    if word in _SET_UP:
        if missing := _MISSING.search(summary):
            kind = "secret generic" if missing[1].lower() == "secret" else "configmap"
            return f"make it with `kubectl create {kind} {missing[2]}`; what waits goes on by itself"
        return "mend what the pod is set up with; what waits goes on by itself"
    if word == "Unschedulable" and not any(each in summary for each in _PASSES):
        return "let a node take the pod, by its labels, its taints or the pod's claims; what waits goes on by itself"
    return ""
