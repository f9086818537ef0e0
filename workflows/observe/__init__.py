"""From a Workflow, as Argo or the local runner shows it, to what people want to know: pure, and the same for both."""

from workflows.observe.bead import BeadObservation
from workflows.observe.check import CheckObservation, observe_check
from workflows.observe.convoy import OMITTED, convoy_status
from workflows.observe.polecat import polecat_of, refused_by_queue, stage_of, waits_for_login
from workflows.observe.reasons import Stage
from workflows.observe.refinery import queue, refinery_status
from workflows.observe.rows import describe, titles_of
from workflows.observe.sync import SyncObservation, observe_sync
from workflows.observe.workflow import Observation, observe

__all__ = [
    "OMITTED",
    "BeadObservation",
    "CheckObservation",
    "Observation",
    "Stage",
    "SyncObservation",
    "convoy_status",
    "describe",
    "observe",
    "observe_check",
    "observe_sync",
    "polecat_of",
    "queue",
    "refinery_status",
    "refused_by_queue",
    "stage_of",
    "titles_of",
    "waits_for_login",
]
