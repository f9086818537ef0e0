"""The observation of a Workflow that was deleted, rebuilt from the statuses of its polecats."""

from collections.abc import Mapping

from crds import Convoy, PolecatStatus
from crds import Train as TrainStatus
from workflows.names import BeadId, TaskName, WorkflowName, task_name
from workflows.observe import BeadObservation, Observation, Stage, stage_of
from workflows.observe.reasons import STOPPED

DELETED = "Deleted"
"""Phase of a train whose Workflow was deleted before it ended."""

LOST = "its Workflow was deleted; its branch holds what it had done"
"""What is said of a bead whose Workflow went away under it."""


def rebuilt(convoy: Convoy, train: TrainStatus, statuses: Mapping[str, PolecatStatus]) -> Observation:
    """The observation that a Workflow which is gone would give; what had not ended with it counts as stopped by hand."""
    beads = tuple(_bead(BeadId(bead), train.workflow, statuses.get(bead)) for bead in train.beads)
    finished = max((bead.finished for bead in beads if bead.finished), default=None)
    complete = all(bead.stage is Stage.DONE for bead in beads)
    ended = train.phase in ("Succeeded", "Failed", "Error")
    return Observation(
        workflow=WorkflowName(train.workflow),
        convoy=convoy.metadata.name,
        rig=convoy.status.rig or convoy.spec.rig_ref,
        attempt=convoy.spec.attempt,
        phase=train.phase if ended or complete else DELETED,
        message="the Workflow is gone",
        known=True,
        ended=True,
        started=min((bead.started for bead in beads if bead.started), default=None),
        finished=finished,
        beads=beads,
    )


def _bead(bead: BeadId, workflow: str, status: PolecatStatus | None) -> BeadObservation:
    if status is None or status.workflow != workflow:
        return _lost(bead, TaskName(task_name(bead)))
    stage = stage_of(status)
    done = stage is Stage.DONE
    ended = done or stage is Stage.FAILED
    return BeadObservation(
        bead=bead,
        task=task_name(bead),
        stage=Stage.DONE if done else Stage.FAILED,
        reason=status.reason if ended else STOPPED,
        message=status.summary if ended else LOST,
        node=status.node,
        pod=status.pod_name,
        attempts=status.attempts or 0,
        conflicts=status.conflicts or 0,
        started=status.started_at,
        finished=status.finished_at,
        published=status.finished_at if status.phase == "Done" else None,
        branch=status.branch,
        commit=status.commit,
        base=status.base,
        commits=status.commits,
        summary=status.summary if done else "",
        cost=status.cost_usd,
        tokens=status.tokens,
        merged=status.merged_commit,
    )


def _lost(bead: BeadId, task: TaskName) -> BeadObservation:
    return BeadObservation(bead=bead, task=task, stage=Stage.FAILED, reason=STOPPED, message=LOST)
