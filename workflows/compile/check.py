"""The Workflow that asks a rig's repository whether it answers: one pod, with the rig's key, and nothing that costs."""

import hashlib
import json

from hera.workflows import Workflow
from hera.workflows import models as argo

from crds import Manifest, Rig
from workflows import labels
from workflows.compile.pods import templates
from workflows.compile.pods.place import place_of, rights
from workflows.compile.request import Compiled
from workflows.compile.settings import CompileSettings
from workflows.orders import CHECK_FILE, CheckOrders
from workflows.shape import CHECK

KEPT = argo.TTLStrategy(seconds_after_success=60, seconds_after_failure=3600)
"""How long the Workflow stays. A failed one has a log that somebody may want to read."""


def check_dependencies(rig: Rig, settings: CompileSettings) -> str:
    """A digest of everything that the answer depends on, as far as it can be known without reading a Secret."""
    spec = rig.spec
    key, hosts = spec.git_secret_ref, spec.ssh_known_hosts_config_map_ref
    told = [
        rig.metadata.uid,
        spec.git_url,
        spec.base_branch,
        key.name if key else settings.git_secret,
        hosts.name if hosts else "",
        spec.ssh_strict_host_key_checking,
        rig.metadata.annotations.get(labels.READ_AGAIN, ""),
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def compile_check(rig: Rig, settings: CompileSettings, *, attempt: int) -> Compiled:
    """The Workflow of one question, named after what it depends on and how often that was asked in vain."""
    name, of = rig.metadata.name, check_dependencies(rig, settings)
    metadata = {
        "namespace": settings.namespace,
        "labels": {
            labels.MANAGED_BY: labels.MANAGER,
            labels.RIG: name,
            labels.CHECK: of,
            labels.ATTEMPT: str(attempt),
        },
    }
    orders = CheckOrders(rig.spec.git_url, rig.spec.base_branch, rig.spec.ssh_strict_host_key_checking)
    texts = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": f"gastown-check-{name}", **metadata},
        "data": {CHECK_FILE: orders.dump()},
    }
    with Workflow(
        name=f"gastown-check-{_short(name)}-{of[:8]}-{attempt}",
        entrypoint=CHECK,
        annotations={labels.TITLE: f"Does the repository of rig {name} answer?"},
        active_deadline_seconds=templates.CHECK_SECONDS,
        ttl_strategy=KEPT,
        **rights(settings),
    ) as workflow:
        templates.check(place_of(rig, settings, (texts,)))
    found: Manifest = dict(workflow.to_dict())
    found["metadata"] |= metadata
    return Compiled(found, (texts,))


def _short(name: str) -> str:
    # A Workflow's name becomes a label of its pods, which takes 63 characters. What is left out, the digest tells apart.
    return name[:30].rstrip("-.").replace(".", "-")
