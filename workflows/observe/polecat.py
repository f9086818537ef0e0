"""A Polecat resource from one bead's observation, with the phases, conditions and reasons that gastown-operator's users know."""

import re
from typing import Literal

from crds import Condition, Convoy, Metadata, Polecat, PolecatSpec, PolecatStatus, Rig
from workflows import labels
from workflows.agents import chosen
from workflows.exits import Reason
from workflows.names import PolecatName
from workflows.observe.bead import BeadObservation
from workflows.observe.conditions import condition
from workflows.observe.reasons import AWAITING, HELD, MERGING, QUEUED, STOPPED, Stage
from workflows.observe.workflow import Observation
from workflows.shape import is_merge

PolecatPhase = Literal["Idle", "Working", "Done", "Stuck", "Terminated"]

_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_REASON_OF_READY = {
    Stage.WAITING: "PodPending",
    Stage.WORKING: "PodRunning",
    Stage.MERGING: "PodSucceeded",
    Stage.DONE: "PodSucceeded",
}


def polecat_of(
    name: PolecatName, bead: BeadObservation, *, observation: Observation, convoy: Convoy, rig: Rig
) -> Polecat:
    """The Polecat that works a bead of a convoy."""
    agent, config = chosen(convoy, rig)
    phase = polecat_phase(bead)
    return Polecat(
        kind="Polecat",
        metadata=Metadata(
            name=name,
            labels={
                labels.RIG: rig.metadata.name,
                labels.BEAD: bead.bead,
                labels.POLECAT: name,
                labels.CONVOY: convoy.metadata.name,
            },
            creation_timestamp=bead.started or observation.started or convoy.metadata.creation_timestamp,
        ),
        spec=PolecatSpec(
            rig=rig.metadata.name,
            bead_id=bead.bead,
            desired_state="Idle" if phase == "Idle" else "Working",
            agent=agent,
        ),
        status=PolecatStatus(
            phase=phase,
            reason=bead.reason,
            summary=bead.summary[:4096] if bead.stage is Stage.DONE and bead.summary else bead.message[:4096],
            assigned_bead=bead.bead,
            branch=bead.branch,
            base=bead.base if _COMMIT.fullmatch(bead.base) else "",
            commit=bead.commit,
            commits=bead.commits,
            merged_commit=bead.merged,
            cost_usd=bead.cost,
            tokens=bead.tokens,
            attempts=bead.attempts or None,
            conflicts=bead.conflicts or None,
            workflow=observation.workflow,
            node=bead.node,
            pod_name=bead.pod,
            pod_active=bead.active,
            started_at=bead.started,
            finished_at=bead.published or bead.finished,
            activity=bead.activity or None,
            last_activity=bead.finished or bead.published or bead.started,
            agent=agent,
            agent_model=config.model if config else "",
            conditions=polecat_conditions(bead),
        ),
    )


def polecat_phase(bead: BeadObservation) -> PolecatPhase:
    """Done once the work is published, Stuck when a person must look, as in gastown-operator."""
    if bead.stage is Stage.WAITING:
        return "Idle"
    if bead.stage is Stage.WORKING:
        return "Working"
    if bead.stage is Stage.FAILED:
        return "Terminated" if bead.reason in (STOPPED, Reason.TERMINATED.word) else "Stuck"
    return "Done"


def refused_by_queue(status: PolecatStatus) -> bool:
    """Whether it ended in its merge, read back from its Polecat's status: `BeadObservation.refused_by_queue`."""
    return stage_of(status) is Stage.FAILED and is_merge(status.node)


def stage_of(status: PolecatStatus) -> Stage:
    """The stage of a bead, read back from its Polecat's status: the inverse of `polecat_phase`."""
    if status.merged_commit:
        return Stage.DONE
    if status.phase == "Done":
        return (
            Stage.MERGING
            if status.reason in (HELD, QUEUED, MERGING, Reason.TARGET_RED.word, *AWAITING)
            else Stage.DONE
        )
    return {"Idle": Stage.WAITING, "Working": Stage.WORKING}.get(status.phase, Stage.FAILED)


def polecat_conditions(bead: BeadObservation) -> tuple[Condition, ...]:
    """Available, Degraded, Merged, Progressing, Ready and Working, in this order."""
    published = bead.stage in (Stage.MERGING, Stage.DONE)
    failed = bead.stage is Stage.FAILED
    working = bead.stage is Stage.WORKING
    at = bead.finished or bead.published or bead.started
    idle = "Failed" if failed else "Completed" if published else "Idle"
    available = "WorkComplete" if published else "Failed" if failed else "NotReady" if working else "Idle"
    merged = "MergeComplete" if bead.merged else bead.reason
    return (
        condition("Available", available, bead.message, holds=published, at=at),
        condition("Degraded", bead.reason if failed else "Healthy", bead.message, holds=failed, at=at),
        condition("Merged", merged, bead.message, holds=bool(bead.merged), at=at),
        condition("Progressing", bead.reason if working else idle, bead.message, holds=working, at=at),
        condition(
            "Ready", _REASON_OF_READY.get(bead.stage, "PodFailed"), bead.message, holds=not failed, at=at
        ),
        condition("Working", "Working" if working else idle, bead.message, holds=working, at=at),
    )


def waits_for_login(status: PolecatStatus) -> bool:
    """Whether a bead goes on after somebody has renewed the agent's credentials; one that failed had those of the repository refused."""
    return stage_of(status) is Stage.WAITING and status.reason == Reason.AUTH_FAILED.word
