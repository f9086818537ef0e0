"""Where one bead stands, read from the nodes of its delivery."""

import dataclasses
import datetime
import enum
from collections.abc import Iterator, Mapping

from crds import Manifest
from workflows.exits import Reason
from workflows.names import BeadId, TaskName
from workflows.observe import nodes as reading
from workflows.observe.graphs import BeadGraph
from workflows.polecats import RETRYING, WORKING
from workflows.shape import CONFLICT, UNSUCCESSFUL, is_merge
from workflows.shape import MERGED as MERGED_OUTCOME
from workflows.shape import WAITING as WAITING_OUTCOME

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


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BeadObservation:
    """One bead of one Workflow. Fields that nothing is known of are empty; costs are dollars, all attempts together.

    `message` is a sentence for people: why it waits, what it does, or why it ended. `target_red` is the refinery's sentence where the
    last try of its merge found that the target itself does not pass. `refused` is when the last try of its agent began, where that
    found its credentials refused and no other has begun. `parked` is the node in which its merge waits for people, since `parked_at`, and `mark`
    how its pull request looked then.
    """

    bead: BeadId
    task: TaskName
    stage: Stage
    reason: str
    message: str
    node: str = ""
    pod: str = ""
    attempts: int = 0
    active: bool = False
    activity: int = 0
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
    target_red: str = ""
    refused: datetime.datetime | None = None
    parked: str = ""
    parked_at: datetime.datetime | None = None
    mark: str = ""

    @property
    def held(self) -> bool:
        """Whether it waits for a person to land it."""
        return self.reason == HELD

    @property
    def refused_by_queue(self) -> bool:
        """Whether it is published and ended in its merge, so that it can be merged without an agent."""
        return self.stage is Stage.FAILED and is_merge(self.node)

    @property
    def failed_itself(self) -> bool:
        """Whether it was tried and failed: not for what it needs, and not because its turn never came."""
        return self.stage is Stage.FAILED and self.reason not in (DEPENDENCY_FAILED, NOT_RUN)


class Delivery:
    """The nodes of one bead's delivery: its polecat, and the merges and resolutions that follow.

    `over` is whether its Workflow has ended: then what a node put out is all that it ever will, whatever its phase. `held` is whether
    published work stays in the queue until a person lands it.
    """

    def __init__(
        self, nodes: Mapping[str, Manifest], root: str, graph: BeadGraph, *, over: bool, held: bool = False
    ) -> None:
        self.graph = graph
        self.held = held
        self._over = over
        self.node = nodes.get(f"{root}.{graph.task}")
        self.work: list[Manifest] = []
        """Every run of an agent, in order."""
        self.merges: list[Manifest] = []
        self.resolutions: list[Manifest] = []
        self.steps: list[Manifest] = []
        self.wait: Manifest | None = None
        """The node in which its merge waits for people, or did before it ended."""
        for number, each in enumerate(graph.rounds(nodes, root)):
            work, merges = (_run(nodes, name) for name in (each.work, each.merge))
            self.work += work
            self.resolutions += work if number else []
            self.merges += merges
            self.steps += [*work, *merges]
            self.wait = None if merges else nodes.get(each.review, self.wait)

    @property
    def begun(self) -> list[Manifest]:
        """The runs of an agent that had a free polecat to begin with: Argo's nodes start with their wait for one."""
        return [node for node in self.work if not reading.locked_out(node)]

    @property
    def merge(self) -> Manifest | None:
        """The merge that reached the target, if one did. Its pod may outlive a controller that gave the Workflow up."""
        told = (node for node in self.merges if self._over or reading.ended(node))
        return next((node for node in told if reading.outputs(node).get("outcome") == MERGED_OUTCOME), None)

    @property
    def published(self) -> Manifest | None:
        """The last run of an agent whose work was published."""
        return next((node for node in reversed(self.work) if reading.succeeded(node)), None)

    @property
    def latest(self) -> Manifest | None:
        """The last step; it says what goes on, or why nothing does. They follow each other, so their times, in whole seconds, aren't needed."""
        return self.steps[-1] if self.steps else None


def _run(nodes: Mapping[str, Manifest], name: str) -> list[Manifest]:
    """The attempts of a step; none where it was left out. What a copy took over from its original is left out, too, but tells its outputs."""
    attempts = reading.attempts(nodes, name)
    return [node for node in attempts if node.get("phase") not in reading.LEFT_OUT or reading.outputs(node)]


def observe_bead(delivery: Delivery, *, workflow: Manifest, waits: str) -> BeadObservation:
    """One bead's state. `waits` is the sentence for one that has not started."""
    status = workflow.get("status") or {}
    over = bool(status.get("finishedAt"))
    ending = str(status.get("message") or status.get("phase") or "")[: reading.SENTENCE] if over else ""
    stage, reason, message = _state(delivery, ending=ending, waits=waits)
    work = delivery.published or (delivery.work[-1] if delivery.work else None)
    told = reading.outputs(work)
    latest, wait = delivery.latest, delivery.wait
    parked = wait if wait and wait.get("phase") == "Running" and not over else None
    return BeadObservation(
        bead=delivery.graph.bead,
        task=delivery.graph.task,
        stage=stage,
        reason=reason,
        message=message,
        node=str(latest["name"]) if latest else "",
        # The agent's, also while its work is merged: whoever asks for logs wants the agent's.
        pod=reading.pod(delivery.work[-1], workflow) if delivery.work else "",
        attempts=len([node for node in delivery.begun if node.get("type") == "Pod"]),
        active=stage is Stage.WORKING and latest is not None and latest.get("phase") == "Running",
        activity=reading.activity(delivery.work[-1]) if delivery.work else 0,
        conflicts=sum(_conflict(node) for node in delivery.merges),
        started=reading.moment(delivery.begun[0] if delivery.begun else None, "startedAt"),
        finished=reading.moment(delivery.node, "finishedAt"),
        published=reading.moment(delivery.published, "finishedAt"),
        # Version 0.1 had no `ref`: its `branch` was the name, and not where a forge shows it.
        branch=told.get("ref") or told.get("branch", ""),
        commit=told.get("sha", ""),
        base=told.get("base", ""),
        commits=reading.whole(told.get("commits", "")),
        summary=told.get("summary", ""),
        cost=_sum(reading.outputs(node).get("cost") for node in delivery.work),
        tokens=_whole(_sum(reading.outputs(node).get("tokens") for node in delivery.work)),
        merged=reading.outputs(delivery.merge).get("sha", ""),
        target_red=_target_red(delivery) if stage is Stage.MERGING else "",
        refused=reading.moment(latest, "startedAt")
        if _refused(latest) and stage is not Stage.FAILED
        else None,
        parked=str(parked["name"]) if parked else "",
        parked_at=reading.moment(parked, "startedAt"),
        mark=reading.outputs(_waits(delivery)).get("sha", ""),
    )


def _state(delivery: Delivery, *, ending: str, waits: str) -> tuple[Stage, str, str]:
    """`ending` is how the Workflow ended, empty while it has not."""
    if delivery.merge is not None:
        return Stage.DONE, MERGED, f"merged as {reading.outputs(delivery.merge).get('sha', '')[:12]}"
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
        if red := _target_red(delivery):
            return Stage.MERGING, Reason.TARGET_RED.word, red
        if reading.failed(latest):
            return Stage.MERGING, QUEUED, _again(latest)
        waiting = _not_started(latest) or (IN_QUEUE if queued else BEING_MERGED)
        return Stage.MERGING, QUEUED if queued else MERGING, waiting
    if reading.succeeded(latest):
        return Stage.MERGING, QUEUED, IN_QUEUE
    if queued and reading.locked_out(latest):
        return _kept_waiting(delivery)
    if _refused(latest):
        return _logged_out(delivery, reading.sentence(latest))
    if reading.failed(latest):
        return Stage.WORKING, RETRYING, _again(latest)
    again = latest in delivery.resolutions
    resolving = again and (not delivery.merges or _conflict(delivery.merges[-1]))
    doing = (
        "resolves a conflict" if resolving else "does what its pull request asks for" if again else "at work"
    )
    return Stage.WORKING, "Resolving" if resolving else WORKING, _not_started(latest) or doing


def _conflict(merge: Manifest) -> bool:
    """Whether a merge handed a conflict to the agent, and not the words of people or checks on its pull request."""
    told = reading.outputs(merge)
    return told.get("outcome") == CONFLICT and told.get("reason") != Reason.GATE_FAILED.word


def _not_started(node: Manifest) -> str:
    why = reading.held_up(node)
    return f"{NOT_STARTED}: {why}" if why else ""


def _kept_waiting(delivery: Delivery) -> tuple[Stage, str, str]:
    """The rig has no free polecat. What was published already has not gone back to where it had not begun."""
    if delivery.published is not None:
        return Stage.MERGING, QUEUED, "waits for a free polecat of the rig to resolve its conflict"
    return Stage.WAITING, WAITING, "waits for a free polecat of the rig"


def _refused(node: Manifest | None) -> bool:
    """Whether a step is a run of an agent whose credentials were refused."""
    return node is not None and reading.failed(node) and reading.reason(node) is Reason.CREDENTIALS_EXPIRED


def _logged_out(delivery: Delivery, told: str) -> tuple[Stage, str, str]:
    """Nothing goes on before somebody has renewed the agent's credentials."""
    if delivery.published is not None:
        return Stage.MERGING, QUEUED, told
    return Stage.WAITING, Reason.CREDENTIALS_EXPIRED.word, told


def _target_red(delivery: Delivery) -> str:
    """What the last try that ended said of the target, where it is that which does not pass."""
    refused = _refused_last(delivery)
    if refused is None or reading.reason(refused) is not Reason.TARGET_RED:
        return ""
    return reading.sentence(refused) or "the target does not pass its own gates"


def _awaited(delivery: Delivery) -> tuple[str, str] | None:
    """Reason and sentence of a bead whose pull request waited at the last look, also while the next one goes on."""
    if parked := _waits(delivery):
        return reading.reason(parked).word, reading.outputs(parked).get("summary", "")
    refused = _refused_last(delivery)
    reason = reading.reason(refused).word if refused else ""
    return (reason, reading.sentence(refused)) if refused and reason in AWAITING else None


def _waits(delivery: Delivery) -> Manifest | None:
    """The last try of its merge that ended, where that gave way to a wait for people."""
    ended = next((node for node in reversed(delivery.merges) if reading.ended(node)), None)
    return ended if reading.outputs(ended).get("outcome") == WAITING_OUTCOME else None


def _refused_last(delivery: Delivery) -> Manifest | None:
    """The last try of its merge that ended, where that failed."""
    ended = next((node for node in reversed(delivery.merges) if reading.ended(node)), None)
    return ended if ended is not None and reading.failed(ended) else None


def _again(failed: Manifest) -> str:
    told = reading.sentence(failed)
    return f"is tried again after: {told}" if told else "is tried again"


def _sum(values: Iterator[str | None]) -> float | None:
    numbers = [number for value in values if (number := reading.amount(value or "")) is not None]
    return sum(numbers) if numbers else None


def _whole(number: float | None) -> int | None:
    return None if number is None else round(number)
