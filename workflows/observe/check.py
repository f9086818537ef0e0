"""What the Workflow says that asked a rig's repository whether it answers."""

import dataclasses
import datetime

from crds import Manifest
from workflows import labels
from workflows.observe import nodes as reading

REACHABLE = "Reachable"
UNANSWERED = frozenset(
    ("AuthFailed", "BranchMissing", "HostKeyUnknown", "RepositoryEmpty", "Unreachable", "Unworkable")
)
"""Words of the step for what stands in the way. Whatever else a Workflow ends with says nothing of the repository."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CheckObservation:
    """One question. `of` is the digest of what it depended on, `reason` the step's word, empty where none came."""

    of: str
    attempt: int
    ended: bool
    finished: datetime.datetime | None
    reason: str
    message: str

    @property
    def reachable(self) -> bool | None:
        """What the step found; None where it came to nothing."""
        if self.reason == REACHABLE:
            return True
        return False if self.reason in UNANSWERED else None


def _reason(node: Manifest | None) -> str:
    return REACHABLE if reading.succeeded(node) else reading.outputs(node).get("reason", "")


def observe_check(workflow: Manifest) -> CheckObservation | None:
    """Decode such a Workflow; None for any other. Never raises for any state that Argo can leave it in."""
    own = workflow["metadata"].get("labels") or {}
    if labels.CHECK not in own:
        return None
    status = workflow.get("status") or {}
    ended = own.get("workflows.argoproj.io/completed") == "true"
    node = (reading.nodes_by_name(status) or {}).get(workflow["metadata"]["name"])
    told = reading.sentence(node) if node else ""
    return CheckObservation(
        of=own[labels.CHECK],
        attempt=reading.whole(own.get(labels.ATTEMPT, "")) or 0,
        ended=ended,
        finished=reading.moment(status, "finishedAt"),
        reason=_reason(node) if ended else "",
        message=told or str(status.get("message") or ""),
    )
