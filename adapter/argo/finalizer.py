"""Our finalizer on Workflows: it keeps each until its end stands in our own statuses."""

from adapter.api.changes import Change
from adapter.objects.annotations import FINALIZER
from adapter.objects.views import WorkflowView
from crds import Manifest


def with_finalizer(workflow: Manifest) -> Manifest:
    """The manifest of a Workflow that begins with our finalizer."""
    return workflow | {"metadata": workflow["metadata"] | {"finalizers": [FINALIZER]}}


def put_finalizer(view: WorkflowView) -> Change | None:
    """Put our finalizer on a Workflow that runs without: Argo's `retry` starts one again that we had let go."""
    if view.has_finalizer or view.ended or view.deleting:
        return None
    return _finalizers(view, (*view.finalizers, FINALIZER))


def remove_finalizer(view: WorkflowView) -> Change | None:
    """Take our finalizer off."""
    if not view.has_finalizer:
        return None
    return _finalizers(view, tuple(each for each in view.finalizers if each != FINALIZER))


def _finalizers(view: WorkflowView, wanted: tuple[str, ...]) -> Change:
    # A merge patch replaces the whole list, so it may only meet the list of the version that was read.
    metadata = {"finalizers": list(wanted), "resourceVersion": str(view.version)}
    return Change(key=view.key, uid=view.uid, patch={"metadata": metadata})
