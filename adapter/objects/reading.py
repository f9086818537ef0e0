"""Reading an object into its view."""

from sys import intern
from typing import Any

from pydantic import ValidationError

from adapter.objects.annotations import DETACHED, SUSPENDED_BY
from adapter.objects.digests import digest
from adapter.objects.keys import Key, key_of
from adapter.objects.views import PolecatView, ResourceView, SyncView, View, WorkflowView
from crds import GROUP, KINDS, AnyResource, Manifest
from workflows import labels
from workflows.names import BeadId
from workflows.observe import (
    SyncObservation,
    observe,
    observe_check,
    observe_sync,
    titles_of,
)

_UNLIKE_ARGO = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    StopIteration,
    TypeError,
    ValueError,
)
"""What reading raises where something else stands than Argo writes."""

_OUT_OF_REACH = {"offloadNodeStatusVersion": "unreadable"}
"""The status of a Workflow of whose nodes nothing can be said."""

SHORT = 200
"""Characters that are kept of a polecat's summary; the whole stands in its status."""


def view(kind: str, manifest: Manifest) -> View:
    """The view of an object as the apiserver shows it. Never raises for what the apiserver has accepted."""
    if kind == "Workflow":
        return _of_argo(manifest)
    if kind == "Polecat":
        return _polecat(manifest)
    resource, problem = _parsed(kind, manifest)
    spec = manifest.get("spec") or {}
    return ResourceView(
        **_seen(kind, manifest),
        rig=manifest["metadata"]["name"] if kind == "Rig" else str(spec.get("rigRef") or ""),
        digest=digest(manifest.get("status") or {}),
        resource=resource,
        problem=problem,
    )


def version_of(manifest: Manifest) -> int:
    """The resourceVersion, as the number that it is."""
    return int(manifest["metadata"]["resourceVersion"])


def _seen(kind: str, manifest: Manifest) -> dict[str, Any]:
    metadata = manifest["metadata"]
    owner = _owner(metadata)
    return {
        "key": key_of(kind, manifest),
        "uid": metadata["uid"],
        "version": version_of(manifest),
        "deleting": bool(metadata.get("deletionTimestamp")),
        "owner": owner.get("uid", ""),
        "owner_key": _key_of_owner(owner, metadata),
    }


def _owner(metadata: Manifest) -> Manifest:
    for reference in metadata.get("ownerReferences") or ():
        if reference.get("controller") and reference.get("apiVersion", "").startswith(f"{GROUP}/"):
            return dict(reference)
    return {}


def _key_of_owner(owner: Manifest, metadata: Manifest) -> Key | None:
    namespace = "" if owner.get("kind") == "Rig" else metadata.get("namespace", "")
    return Key(owner["kind"], namespace, owner["name"]) if owner else None


def _of_argo(manifest: Manifest) -> WorkflowView | SyncView:
    """Argo's definitions let anything stand in a Workflow, and anybody who may make one writes its labels: of one that is not of Argo's
    form it is known that it is there, and nothing else. An error here would end the watch of all namespaces.
    """
    try:
        read = observe_sync(manifest)
        return _workflow(manifest) if read is None else _sync(manifest, read)
    except _UNLIKE_ARGO:
        return _workflow(manifest | {"spec": {}, "status": _OUT_OF_REACH})


def _workflow(manifest: Manifest) -> WorkflowView:
    metadata, spec = manifest["metadata"], manifest.get("spec") or {}
    own = metadata.get("labels") or {}
    annotations = metadata.get("annotations") or {}
    return WorkflowView(
        **_seen("Workflow", manifest),
        rig=own.get(labels.RIG, ""),
        finalizers=tuple(metadata.get("finalizers") or ()),
        suspended_by=annotations.get(SUSPENDED_BY, ""),
        detached=DETACHED in annotations,
        copied="workflows.argoproj.io/resubmitted-from-workflow" in own,
        suspended=bool(spec.get("suspend")),
        shutdown=str(spec.get("shutdown") or ""),
        observation=observe(manifest),
        check=observe_check(manifest),
        described=digest({labels.DESCRIPTION: annotations.get(labels.DESCRIPTION, "")}),
        titles=titles_of(manifest),
    )


def _sync(manifest: Manifest, observation: SyncObservation) -> SyncView:
    rig = manifest["metadata"]["labels"].get(labels.RIG, "")
    return SyncView(**_seen("Workflow", manifest), rig=rig, observation=observation)


def _polecat(manifest: Manifest) -> PolecatView:
    seen = _seen("Polecat", manifest)
    spec, status = manifest.get("spec") or {}, manifest.get("status") or {}
    resource, problem = (None, "") if seen["owner"] else _parsed("Polecat", manifest)
    conditions = status.get("conditions") or ()
    return PolecatView(
        **seen,
        bead=BeadId(spec.get("beadID") or status.get("assignedBead") or ""),
        rig=intern(str(spec.get("rig") or "")),
        phase=intern(str(status.get("phase") or "Idle")),
        reason=intern(str(status.get("reason") or "")),
        active=bool(status.get("podActive")),
        summary=str(status.get("summary") or "")[:SHORT],
        merged=str(status.get("mergedCommit") or ""),
        agent=intern(str(status.get("agent") or "")),
        cost=float(status.get("costUSD") or 0.0),
        tokens=int(status.get("tokens") or 0),
        activity=int(status.get("activity") or 0),
        started=str(status.get("startedAt") or ""),
        finished=str(status.get("finishedAt") or ""),
        last_activity=str(status.get("lastActivity") or ""),
        last_action=str(status.get("lastAction") or ""),
        pod=str(status.get("podName") or "") if status.get("podActive") else "",
        desired=str(spec.get("desiredState") or "Idle"),
        generation=int(manifest["metadata"].get("generation") or 0),
        digest=digest(status),
        since=tuple(_since(each) for each in conditions),
        resource=resource,
        problem=problem,
    )


def _since(condition: Manifest) -> tuple[str, str, str]:
    """Six of them for each Polecat, with few different words: each word is kept once."""
    return intern(condition["type"]), intern(condition["status"]), intern(condition["lastTransitionTime"])


def _parsed(kind: str, manifest: Manifest) -> tuple[AnyResource | None, str]:
    try:
        return KINDS[kind].model_validate(manifest), ""
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return None, f"{place}: {first['msg']}"
