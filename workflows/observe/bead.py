"""Where one bead stands, read from the nodes of its delivery."""

import dataclasses
import datetime
import enum
from collections.abc import Iterator, Mapping

from crds import Manifest
from workflows.exits import Reason
from workflows.names import BeadId, TaskName
from workflows.observe import nodes as reading
from workflows.shape import AGAIN, CONFLICT, LAND, MERGE, POLECAT, RESOLVE
from workflows.shape import MERGED as MERGED_OUTCOME

STOPPED = "Stopped"
"""Reason of a bead whose Workflow was stopped or terminated by hand."""
NOT_RUN = "NotRun"
"""Reason of a bead that a Workflow ended without coming to."""
DEPENDENCY_FAILED = "DependencyFailed"
"""Reason of a bead that will not run because one that it needs failed."""
WAITING = "Waiting"
MERGED = "Merged"


class Stage(enum.StrEnum):
    """How far a bead is; the words are those of a Convoy's `status.phases`."""

    WAITING = "waiting"
    WORKING = "working"
    MERGING = "merging"
    DONE = "done"
    FAILED = "failed"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BeadObservation:
    """One bead of one Workflow. Fields that nothing is known of are empty; costs are dollars, all attempts together.

    `message` is a sentence for people: why it waits, what it does, or why it ended.
    """

    bead: BeadId
    task: TaskName
    stage: Stage
    reason: str
    message: str
    node: str = ""
    attempts: int = 0
    active: bool = False
    conflicts: int = 0
    started: datetime.datetime | None = None
    finished: datetime.datetime | None = None
    published: datetime.datetime | None = None
    branch: str = ""
    commit: str = ""
    base: str = ""
    commits: int | None = None
    summary: str = ""
    cost: float | None = None
    tokens: int | None = None
    merged: str = ""


class Delivery:
    """The nodes of one bead's delivery: its polecat, and the merges and resolutions that follow."""

    def __init__(self, nodes: Mapping[str, Manifest], name: str) -> None:
        self._nodes = nodes
        self._name = name
        self.node = nodes.get(name)
        self.polecats = reading.attempts(nodes, f"{name}.{POLECAT}")
        self.merges: list[Manifest] = []
        self.resolutions: list[Manifest] = []
        for land in self._lands():
            self.merges += reading.attempts(nodes, f"{land}.{MERGE}")
            resolved = reading.attempts(nodes, f"{land}.{RESOLVE}")
            self.resolutions += [node for node in resolved if node.get("phase") not in reading.LEFT_OUT]

    def _lands(self) -> Iterator[str]:
        land = f"{self._name}.{LAND}"
        while land in self._nodes:
            yield land
            land = f"{land}.{AGAIN}"

    @property
    def work(self) -> list[Manifest]:
        """Every run of an agent, in order."""
        return [*self.polecats, *self.resolutions]

    @property
    def merge(self) -> Manifest | None:
        """The merge that reached the target, if one did."""
        return next(
            (node for node in self.merges if reading.outputs(node).get("outcome") == MERGED_OUTCOME), None
        )

    @property
    def published(self) -> Manifest | None:
        """The last run of an agent whose work was published."""
        return next((node for node in reversed(self.work) if reading.succeeded(node)), None)

    @property
    def latest(self) -> Manifest | None:
        """The step that started last; it says what goes on, or why nothing does."""
        steps = [*self.work, *self.merges]
        return max(steps, key=_start, default=None)


def observe_bead(
    delivery: Delivery, *, bead: BeadId, task: TaskName, merges: bool, workflow: Manifest, waits: str
) -> BeadObservation:
    """One bead's state. `merges` is whether the refinery is to merge it, `waits` the sentence for one that has not started."""
    status = workflow.get("status") or {}
    over = bool(status.get("finishedAt"))
    stage, reason, message = _state(delivery, merges=merges, over=over, waits=waits)
    work = delivery.published or (delivery.work[-1] if delivery.work else None)
    told = reading.outputs(work)
    latest = delivery.latest
    return BeadObservation(
        bead=bead,
        task=task,
        stage=stage,
        reason=reason,
        message=message,
        node=str(latest["name"]) if latest else "",
        attempts=len([node for node in delivery.work if node.get("type") == "Pod"]),
        active=stage is Stage.WORKING and latest is not None and latest.get("phase") == "Running",
        conflicts=sum(reading.outputs(node).get("outcome") == CONFLICT for node in delivery.merges),
        started=reading.moment(delivery.work[0] if delivery.work else None, "startedAt"),
        finished=reading.moment(delivery.node, "finishedAt"),
        published=reading.moment(delivery.published, "finishedAt"),
        branch=told.get("branch", ""),
        commit=told.get("sha", ""),
        base=told.get("base", ""),
        commits=_number(told.get("commits")),
        summary=told.get("summary", ""),
        cost=_sum(reading.outputs(node).get("cost") for node in delivery.work),
        tokens=_whole(_sum(reading.outputs(node).get("tokens") for node in delivery.work)),
        merged=reading.outputs(delivery.merge).get("sha", ""),
    )


def _state(delivery: Delivery, *, merges: bool, over: bool, waits: str) -> tuple[Stage, str, str]:
    if delivery.merge is not None and reading.ended(delivery.merge):
        return Stage.DONE, MERGED, f"merged as {reading.outputs(delivery.merge).get('sha', '')[:12]}"
    if not merges and delivery.published is not None:
        return Stage.DONE, Reason.COMPLETED.word, "published"
    node = delivery.node
    if node is not None and node.get("phase") == "Omitted":
        return Stage.FAILED, DEPENDENCY_FAILED, waits
    if node is None:
        return (
            (Stage.FAILED, NOT_RUN, "the Workflow ended before its turn")
            if over
            else (Stage.WAITING, WAITING, waits)
        )
    latest = delivery.latest
    if reading.ended(node) or over:
        return _failure(latest or node)
    return _progress(delivery, latest)


def _failure(node: Manifest) -> tuple[Stage, str, str]:
    message = str(node.get("message") or "")
    if message.startswith(("Stopped with strategy", "workflow shutdown")):
        return Stage.FAILED, STOPPED, "stopped by hand; its branch holds what it had done"
    if "deadline" in message or message.startswith("Max duration"):
        return Stage.FAILED, Reason.TIMED_OUT.word, message
    told = reading.outputs(node).get("reason") or reading.reason(node).word
    return Stage.FAILED, told, reading.sentence(node) or f"ended as {node.get('phase')}"


def _progress(delivery: Delivery, latest: Manifest | None) -> tuple[Stage, str, str]:
    if latest is None:
        return Stage.WAITING, WAITING, "about to start"
    queued = latest.get("phase") == "Pending"
    if latest in delivery.merges:
        waiting = "in the merge queue" if queued else "being merged"
        return Stage.MERGING, "Queued" if queued else "Merging", waiting
    if reading.succeeded(latest):
        return Stage.MERGING, "Queued", "in the merge queue"
    if queued and (latest.get("synchronizationStatus") or {}).get("waiting"):
        return Stage.WAITING, WAITING, "waits for a free polecat of the rig"
    if reading.failed(latest):
        told = reading.sentence(latest)
        return Stage.WORKING, "Retrying", f"is tried again after: {told}" if told else "is tried again"
    resolving = latest in delivery.resolutions
    return (
        Stage.WORKING,
        "Resolving" if resolving else "Working",
        "resolves a conflict" if resolving else "at work",
    )


def _start(node: Manifest) -> tuple[str, int]:
    """Start times have whole seconds, so steps of the same second are told apart by how deep they lie: later steps lie deeper."""
    return str(node.get("startedAt") or ""), len(str(node["name"]).split("."))


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None


def _sum(values: Iterator[str | None]) -> float | None:
    numbers = [float(value) for value in values if value]
    return sum(numbers) if numbers else None


def _whole(number: float | None) -> int | None:
    return None if number is None else round(number)
