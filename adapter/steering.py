"""Small changes to Workflows, which belong to Argo's controller: merge patches of single fields, never a whole object."""

import dataclasses
from collections.abc import Iterable

from adapter.keys import Key
from adapter.views import FINALIZER, HELD_BY, RELEASED, WorkflowView
from crds import Manifest

CONVOY = "convoy"
"""Value of the annotation that says that the adapter holds a Workflow because its convoy asks for it."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A merge patch for one object."""

    key: Key
    uid: str
    patch: Manifest


def steer(workflows: Iterable[WorkflowView], *, stop: bool, suspend: bool) -> tuple[Change, ...]:
    """What it takes that Workflows do what their convoy asks. Those that ended or go away are left alone.

    What somebody suspended with Argo's own tools stays suspended: only what the adapter holds it lets go.
    """
    live = [each for each in workflows if not each.ended and not each.deleting]
    return tuple(change for each in live if (change := _steered(each, stop=stop, suspend=suspend)))


def _steered(view: WorkflowView, *, stop: bool, suspend: bool) -> Change | None:
    if stop:
        # A suspended Workflow would not get round to stopping.
        wanted = {"spec": {"shutdown": "Stop", "suspend": None}, "metadata": {"annotations": {HELD_BY: None}}}
        return None if view.shutdown else Change(key=view.key, uid=view.uid, patch=wanted)
    if suspend and not view.suspended:
        hold = {"spec": {"suspend": True}, "metadata": {"annotations": {HELD_BY: CONVOY}}}
        return Change(key=view.key, uid=view.uid, patch=hold)
    if not suspend and view.held_by:
        go = {"spec": {"suspend": None}, "metadata": {"annotations": {HELD_BY: None}}}
        return Change(key=view.key, uid=view.uid, patch=go)
    return None


def hold(view: WorkflowView) -> Change | None:
    """Put our finalizer on a Workflow that runs without: Argo's `retry` starts one again that we had let go."""
    if view.held or view.ended or view.deleting:
        return None
    return _finalizers(view, (*view.finalizers, FINALIZER))


def release(view: WorkflowView) -> Change | None:
    """Take our finalizer off."""
    if not view.held:
        return None
    return _finalizers(view, tuple(each for each in view.finalizers if each != FINALIZER))


def part(view: WorkflowView) -> Change | None:
    """Mark a Workflow as one that its polecat is done with."""
    if view.released:
        return None
    return Change(key=view.key, uid=view.uid, patch={"metadata": {"annotations": {RELEASED: "true"}}})


def _finalizers(view: WorkflowView, wanted: tuple[str, ...]) -> Change:
    # A merge patch replaces the whole list, so it may only meet the list that was looked at.
    metadata = {"finalizers": list(wanted), "resourceVersion": str(view.version)}
    return Change(key=view.key, uid=view.uid, patch={"metadata": metadata})
