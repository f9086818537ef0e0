"""Objects as an apiserver shows them, and what the adapter makes of them."""

import datetime
import itertools
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from inmemory.pytest_virtual import pytest_pyfunc_call
from playtown import Town

from adapter.objects.annotations import FINALIZER
from adapter.objects.reading import view
from adapter.objects.views import View

NOW = datetime.datetime(2026, 5, 1, 12, 0, tzinfo=datetime.UTC)

__all__ = ["pytest_pyfunc_call"]

_VERSIONS = itertools.count(1)

Seen = Callable[..., View]


def manifest(kind: str, name: str, spec: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """An object with the metadata that an apiserver adds."""
    metadata = {
        "name": name,
        "namespace": "town",
        "uid": f"uid-{kind}-{name}",
        "resourceVersion": str(next(_VERSIONS)),
        "generation": 1,
        "creationTimestamp": "2026-05-01T11:00:00Z",
        **more.pop("metadata", {}),
    }
    return {"kind": kind, "metadata": metadata, "spec": dict(spec), **more}


def _graph(bead: str) -> dict[str, Any]:
    told = {"parameters": [{"name": "bead", "value": bead}]}
    return {
        "name": bead,
        "dag": {"tasks": [{"name": f"{bead}-work", "template": "polecat", "arguments": told}]},
    }


def workflow(name: str, beads: Mapping[str, str], *, owner: str, **more: Any) -> dict[str, Any]:
    """A Workflow of a convoy that publishes only: per bead the phase of its polecat, empty for one that was not reached."""
    tasks = [{"name": bead, "template": bead} for bead in beads]
    nodes = {}
    for bead, phase in beads.items():
        if phase:
            node = {"name": f"{name}.{bead}.{bead}-work(0)", "id": f"{name}-1", "type": "Pod", "phase": phase}
            node |= {"startedAt": "2026-05-01T11:10:00Z", "finishedAt": None}
            if phase != "Running":
                node["finishedAt"] = "2026-05-01T11:20:00Z"
            nodes[f"{name}-{bead}-0"] = node
            nodes[f"{name}-{bead}-r"] = node | {"name": f"{name}.{bead}.{bead}-work", "type": "Retry"}
            nodes[f"{name}-{bead}"] = node | {"name": f"{name}.{bead}", "type": "DAG"}
    ended = all(phase in ("Succeeded", "Failed") for phase in beads.values())
    good = all(phase == "Succeeded" for phase in beads.values())
    status = {
        "phase": ("Succeeded" if good else "Failed") if ended else "Running",
        "startedAt": "2026-05-01T11:10:00Z",
        "finishedAt": "2026-05-01T11:20:00Z" if ended else None,
        "nodes": nodes,
    }
    kind, _, called = owner.partition("/")
    labels = {
        "app.kubernetes.io/managed-by": "gastown",
        "gastown.io/convoy": called,
        "gastown.io/rig": "ap",
        "gastown.io/attempt": str(more.pop("attempt", 0)),
        "workflows.argoproj.io/completed": str(ended).lower(),
    }
    reference = {
        "apiVersion": "gastown.gastown.io/v1alpha1",
        "kind": kind,
        "name": called,
        "uid": f"uid-{kind}-{called}",
        "controller": True,
    }
    metadata = {
        "labels": labels | more.pop("labels", {}),
        "ownerReferences": [reference],
        "finalizers": [FINALIZER],
        **more.pop("metadata", {}),
    }
    templates = [
        {"name": "convoy", "dag": {"tasks": tasks}},
        *(_graph(bead) for bead in beads),
    ]
    spec = {"templates": templates, **more.pop("spec", {})}
    return manifest("Workflow", name, spec, metadata=metadata, status=status)


@pytest.fixture(scope="session", autouse=True)
def no_public_authorities() -> Iterator[None]:
    """Each client of an apiserver loads all authorities of the machine, which takes longer than most tests; no test here asks them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", os.devnull)
        yield


@pytest.fixture
def now() -> datetime.datetime:
    """The time at which everything happens."""
    return NOW


@pytest.fixture
def seen() -> Seen:
    """Makes views of manifests."""
    return lambda kind, name, spec, **more: view(kind, manifest(kind, name, spec, **more))


@pytest.fixture
def seen_workflow() -> Seen:
    """Makes views of Workflows, by their beads and the phases of those."""
    return lambda name, beads, **more: view("Workflow", workflow(name, beads, **more))


@pytest.fixture
def make_workflow() -> Callable[..., dict[str, Any]]:
    """Makes Workflows as an apiserver shows them, by their beads and the phases of those."""
    return workflow


@pytest.fixture
def town(request: pytest.FixtureRequest) -> Town:
    """A town with an adapter, in virtual time; the mark `settings` names what the adapter is told otherwise."""
    mark = request.node.get_closest_marker("settings")
    return Town(**(mark.kwargs if mark else {}))
