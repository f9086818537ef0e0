"""How far a bead is, the reason, and the sentence for people: one of each, from the nodes of its delivery."""

import enum

from crds import Manifest
from workflows.exits import Reason
from workflows.observe import nodes as reading
from workflows.observe.delivery import (
    Delivery,
    conflict,
    credentials_refused,
    gave_way,
    refused_last,
    target_red,
)
from workflows.polecats import RETRYING, WORKING
from workflows.shape import UNSUCCESSFUL

STOPPED = "Stopped"
"""Reason of a bead whose Workflow was stopped or terminated by hand."""
NOT_RUN = "NotRun"
"""Reason of a bead that a Workflow ended without coming to."""
NOT_STARTED = "its pod has not started"
"""How the sentence begins of a bead whose pod has none of its containers yet: behind it stand Argo's words for why."""
DEPENDENCY_FAILED = "DependencyFailed"
"""Reason of a bead that will not run because one that it needs failed."""
WAITING = "Waiting"
_LATE = ("Pod was active on the node longer", "Max duration limit exceeded", "Step exceeded its deadline")
"""How the messages of Argo and the kubelet begin when time ran out."""
MERGED = "Merged"
QUEUED = "Queued"
"""Reason of a bead that is published and waits for the refinery."""
MERGING = "Merging"
"""Reason of a bead that the refinery merges now."""
IN_QUEUE, BEING_MERGED = "in the merge queue", "being merged"
"""The sentences of both, where nothing better is known."""

HELD = "Held"
"""Reason of a bead that is published and stays in the queue until a person lands it."""


AWAITING = (Reason.AWAITING_REVIEW.word, Reason.AWAITING_CHECKS.word)
"""Reasons of a bead whose pull request waits, for people and for checks."""


class Stage(enum.StrEnum):
    """How far a bead is; the words are those of a Convoy's `status.phases`."""

    WAITING = "waiting"
    WORKING = "working"
    MERGING = "merging"
    DONE = "done"
    FAILED = "failed"


def state_of(delivery: Delivery, *, ending: str, waits: str) -> tuple[Stage, str, str]:
    """Stage, reason and sentence. `ending` is how the Workflow ended, empty while it has not; `waits` the sentence before it starts."""
    if delivery.merge is not None:
        return Stage.DONE, MERGED, f"merged as {delivery.merged[:12]}"
    latest = delivery.latest
    if delivery.held and latest in delivery.work and reading.succeeded(latest):
        return Stage.MERGING, HELD, "waits for you to land or reject it"
    if not delivery.graph.merges and delivery.published is not None:
        return Stage.DONE, Reason.COMPLETED.word, "published"
    node = delivery.node
    if node is not None and node.get("phase") == "Omitted":
        return Stage.FAILED, DEPENDENCY_FAILED, waits
    if node is None:
        return (
            (Stage.FAILED, NOT_RUN, f"the Workflow ended before its turn: {ending}")
            if ending
            else (Stage.WAITING, WAITING, waits)
        )
    if reading.ended(node) or ending:
        return _failure(delivery.wait or latest or node, ending)
    return _progress(delivery, latest)


def _failure(node: Manifest, ending: str) -> tuple[Stage, str, str]:
    message = str(node.get("message") or "")
    if message.startswith(("Stopped with strategy", "workflow shutdown")):
        return Stage.FAILED, STOPPED, "stopped by hand; its branch holds what it had done"
    if message.startswith(_LATE):
        return Stage.FAILED, Reason.TIMED_OUT.word, message[: reading.SENTENCE]
    if node.get("phase") not in UNSUCCESSFUL:
        why = f"; its Workflow ended: {ending}" if ending else ""
        return Stage.FAILED, Reason.FAILED.word, f"nothing tells that it was done{why}"
    return Stage.FAILED, reading.reason(node).word, reading.sentence(node) or f"ended as {node['phase']}"


def _progress(delivery: Delivery, latest: Manifest | None) -> tuple[Stage, str, str]:
    if latest is None:
        return Stage.WAITING, WAITING, "about to start"
    queued = latest.get("phase") == "Pending"
    if latest in delivery.merges:
        if awaited := _awaited(delivery):
            return Stage.MERGING, *awaited
        if red := target_red(delivery):
            return Stage.MERGING, Reason.TARGET_RED.word, red
        if reading.failed(latest):
            return Stage.MERGING, QUEUED, _again(latest)
        waiting = _not_started(latest) or (IN_QUEUE if queued else BEING_MERGED)
        return Stage.MERGING, QUEUED if queued else MERGING, waiting
    if reading.succeeded(latest):
        return Stage.MERGING, QUEUED, IN_QUEUE
    if queued and reading.locked_out(latest):
        return _kept_waiting(delivery)
    if credentials_refused(latest):
        return _logged_out(delivery, reading.sentence(latest))
    if reading.failed(latest):
        return Stage.WORKING, RETRYING, _again(latest)
    again = latest in delivery.resolutions
    resolving = again and (not delivery.merges or conflict(delivery.merges[-1]))
    doing = (
        "resolves a conflict" if resolving else "does what its pull request asks for" if again else "at work"
    )
    return Stage.WORKING, "Resolving" if resolving else WORKING, _not_started(latest) or doing


def _not_started(node: Manifest) -> str:
    why = reading.held_up(node)
    return f"{NOT_STARTED}: {why}" if why else ""


def _kept_waiting(delivery: Delivery) -> tuple[Stage, str, str]:
    """The rig has no free polecat. What was published already has not gone back to where it had not begun."""
    if delivery.published is not None:
        return Stage.MERGING, QUEUED, "waits for a free polecat of the rig to resolve its conflict"
    return Stage.WAITING, WAITING, "waits for a free polecat of the rig"


def _logged_out(delivery: Delivery, told: str) -> tuple[Stage, str, str]:
    """Nothing goes on before somebody has renewed the agent's credentials."""
    if delivery.published is not None:
        return Stage.MERGING, QUEUED, told
    return Stage.WAITING, Reason.AUTH_FAILED.word, told


def _awaited(delivery: Delivery) -> tuple[str, str] | None:
    """Reason and sentence of a bead whose pull request waited at the last look, also while the next one goes on."""
    if parked := gave_way(delivery):
        return reading.reason(parked).word, reading.outputs(parked).get("summary", "")
    refused = refused_last(delivery)
    reason = reading.reason(refused).word if refused else ""
    return (reason, reading.sentence(refused)) if refused and reason in AWAITING else None


def _again(failed: Manifest) -> str:
    told = reading.sentence(failed)
    return f"is tried again after: {told}" if told else "is tried again"
