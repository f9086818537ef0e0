"""Where one bead stands, read from the nodes of its delivery."""

import dataclasses
import datetime
from collections.abc import Iterator

from crds import Manifest
from workflows.names import BeadId, TaskName
from workflows.observe import nodes as reading
from workflows.observe.delivery import Delivery, conflict, credentials_refused, gave_way, target_red
from workflows.observe.reasons import DEPENDENCY_FAILED, HELD, NOT_RUN, Stage, state_of
from workflows.shape import is_merge


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BeadObservation:
    """One bead of one Workflow. Fields that nothing is known of are empty; costs are dollars, all attempts together.

    `message` is a sentence for people: why it waits, what it does, or why it ended. `target_red` is the refinery's sentence where the
    last try of its merge found that the target itself does not pass. `refused` is when the last try of its agent began, where that
    found its credentials refused and no other has begun. `parked` is the node in which its merge waits for people, since `parked_at`, and `mark`
    how its pull request looked to the step that began at `looked_at`.
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
    looked_at: datetime.datetime | None = None
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


def observe_bead(delivery: Delivery, *, workflow: Manifest, waits: str) -> BeadObservation:
    """One bead's state. `waits` is the sentence for one that has not started."""
    status = workflow.get("status") or {}
    over = bool(status.get("finishedAt"))
    ending = str(status.get("message") or status.get("phase") or "")[: reading.SENTENCE] if over else ""
    stage, reason, message = state_of(delivery, ending=ending, waits=waits)
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
        conflicts=sum(conflict(node) for node in delivery.merges),
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
        merged=delivery.merged,
        target_red=target_red(delivery) if stage is Stage.MERGING else "",
        refused=reading.moment(latest, "startedAt")
        if credentials_refused(latest) and stage is not Stage.FAILED
        else None,
        parked=str(parked["name"]) if parked else "",
        parked_at=reading.moment(parked, "startedAt"),
        looked_at=reading.moment(gave_way(delivery), "startedAt"),
        mark=reading.outputs(gave_way(delivery)).get("sha", ""),
    )


def _sum(values: Iterator[str | None]) -> float | None:
    numbers = [number for value in values if (number := reading.amount(value or "")) is not None]
    return sum(numbers) if numbers else None


def _whole(number: float | None) -> int | None:
    return None if number is None else round(number)
