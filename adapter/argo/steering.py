"""Small changes to Workflows, which belong to Argo's controller: merge patches of single fields, never a whole object."""

from collections.abc import Iterable

from adapter.api.changes import Change
from adapter.objects.annotations import DETACHED, SUSPENDED_BY
from adapter.objects.views import WorkflowView

CONVOY = "convoy"
"""Value of the annotation of a Workflow that the adapter suspended because its convoy asks for it."""


def steer(workflows: Iterable[WorkflowView], *, stop: bool, suspend: bool) -> tuple[Change, ...]:
    """What it takes that Workflows do what their convoy asks. Those that ended or go away are left alone.

    What somebody suspended with Argo's own tools stays suspended: the adapter resumes only what it suspended itself.
    """
    live = [each for each in workflows if not each.ended and not each.deleting]
    return tuple(change for each in live if (change := _steered(each, stop=stop, suspend=suspend)))


def _steered(view: WorkflowView, *, stop: bool, suspend: bool) -> Change | None:
    if stop:
        # A suspended Workflow would not get round to stopping.
        wanted = {
            "spec": {"shutdown": "Stop", "suspend": None},
            "metadata": {"annotations": {SUSPENDED_BY: None}},
        }
        return None if view.shutdown else Change(key=view.key, uid=view.uid, patch=wanted)
    if suspend and not view.suspended:
        pause = {"spec": {"suspend": True}, "metadata": {"annotations": {SUSPENDED_BY: CONVOY}}}
        return Change(key=view.key, uid=view.uid, patch=pause)
    if not suspend and view.suspended_by:
        resume = {"spec": {"suspend": None}, "metadata": {"annotations": {SUSPENDED_BY: None}}}
        return Change(key=view.key, uid=view.uid, patch=resume)
    return None


def detach(view: WorkflowView) -> Change | None:
    """Mark a Workflow as one that its polecat is done with."""
    if view.detached:
        return None
    return Change(key=view.key, uid=view.uid, patch={"metadata": {"annotations": {DETACHED: "true"}}})
