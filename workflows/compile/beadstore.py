"""A bead store as a CronWorkflow: a pod with the repository's key, which reads the bead file and may create ConfigMaps.

The key is mounted in that pod alone, and so is the token: the account has no other use, Argo's executor keeps its own.
"""

import copy
import dataclasses
import hashlib
import json

from hera.workflows import Container, CronWorkflow, Parameter
from hera.workflows import models as argo

from crds import BeadStore, Manifest, Rig, seconds
from workflows import labels
from workflows.beadstore.orders import STORE_FILE, StoreOrders
from workflows.compile.pods import volumes
from workflows.compile.pods.containers import locked_down
from workflows.compile.pods.patch import pod_patch
from workflows.compile.pods.place import pod_security
from workflows.compile.pods.templates import retries
from workflows.compile.schedule import Schedule, schedule
from workflows.compile.settings import CompileSettings
from workflows.shape import BEADS, BEADS_OUTPUTS

NAME_LENGTH = 40
"""What is left of a store's name: Argo takes 52 characters for a CronWorkflow, and a label 63."""

LIMIT = 900
"""Seconds that one read may take, its waiting for the apiserver included."""

KEPT = 600
"""Seconds that a read between the times of the schedule stays to be seen."""

ACCESS = "/var/run/gastown"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StoreRequest:
    """What is compiled: a bead store, its rig, and the branch that the rig's work is merged into."""

    store: BeadStore
    rig: Rig
    branch: str
    settings: CompileSettings


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CompiledStore:
    """The ConfigMap with the orders, the CronWorkflow, and a digest that is another one when either is."""

    orders: Manifest
    cron: Manifest
    digest: str


def store_slug(name: str) -> str:
    """A store's name where it must be short: a label, and the beginning of other names. Its own where that fits."""
    if len(name) <= NAME_LENGTH:
        return name
    return f"{name[: NAME_LENGTH - 9].rstrip('-.')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def store_schedule(store: BeadStore) -> Schedule:
    """When a store is read by itself."""
    return schedule(seconds(store.spec.sync_interval), f"{store.metadata.namespace}/{store.metadata.name}")


def compile_store(request: StoreRequest) -> CompiledStore:
    """Compile what reads a store. A pure function: the same store on the same rig gives the same digest."""
    metadata = _metadata(request.store)
    slug = store_slug(request.store.metadata.name)
    spec = request.rig.spec
    told = StoreOrders(
        name=f"{slug}-beads",
        uid=request.store.metadata.uid,
        repository=spec.git_url,
        branch=request.branch,
        path=spec.beads_path,
        metadata=metadata,
    )
    orders = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata | {"name": f"{slug}-beads-orders"},
        "data": {STORE_FILE: told.dump()},
    }
    cron = _cron(request, slug)
    cron["metadata"] |= metadata
    # Hera's CronWorkflow has no field for it.
    cron["spec"]["workflowMetadata"] = {"labels": metadata["labels"], "annotations": _annotations(request)}
    text = json.dumps([orders, cron], sort_keys=True)
    return CompiledStore(orders=orders, cron=cron, digest=hashlib.sha256(text.encode()).hexdigest()[:16])


def read_now(cron: Manifest, mark: str) -> Manifest:
    """A Workflow that reads at once, as the CronWorkflow would. `mark` tells it from others; the same mark is the same read."""
    metadata = cron["metadata"]
    name = f"{metadata['name']}-now-{hashlib.sha256(mark.encode()).hexdigest()[:8]}"
    spec = copy.deepcopy(cron["spec"]["workflowSpec"])
    return {
        "apiVersion": cron["apiVersion"],
        "kind": "Workflow",
        "metadata": {
            "name": name,
            "namespace": metadata["namespace"],
            "labels": metadata["labels"],
            "annotations": cron["spec"]["workflowMetadata"]["annotations"],
            "ownerReferences": metadata["ownerReferences"],
        },
        "spec": spec | {"ttlStrategy": {"secondsAfterCompletion": KEPT}},
    }


def _metadata(store: BeadStore) -> Manifest:
    return {
        "namespace": store.metadata.namespace,
        "labels": {
            labels.MANAGED_BY: labels.MANAGER,
            labels.RIG: store.spec.rig_ref,
            labels.BEAD_STORE: store_slug(store.metadata.name),
        },
        "ownerReferences": [store.owner_reference()],
    }


def _annotations(request: StoreRequest) -> dict[str, str]:
    return {labels.TITLE: f"Beads of rig {request.rig.metadata.name}"}


def _cron(request: StoreRequest, slug: str) -> Manifest:
    settings = request.settings
    times = store_schedule(request.store)
    with CronWorkflow(
        name=f"{slug}-beads",
        annotations=_annotations(request),
        schedules=[times.cron],
        cron_suspend=seconds(request.store.spec.sync_interval) == 0,
        concurrency_policy="Forbid",
        starting_deadline_seconds=times.seconds,
        successful_jobs_history_limit=1,
        failed_jobs_history_limit=1,
        entrypoint=BEADS,
        service_account_name=settings.beads_service_account,
        automount_service_account_token=False,
        executor=argo.ExecutorConfig(service_account_name=settings.executor_service_account),
        active_deadline_seconds=LIMIT,
        security_context=pod_security(settings.user_id),
    ) as cron:
        _template(request, slug)
    return dict(cron.to_dict())


def _template(request: StoreRequest, slug: str) -> Container:
    settings, rig = request.settings, request.rig.spec
    named = request.store.spec.git_secret_ref or rig.git_secret_ref
    hosts = rig.ssh_known_hosts_config_map_ref
    environment = {
        "GASTOWN_WORKSPACE": volumes.WORKSPACE,
        "GASTOWN_OUT": f"{volumes.WORKSPACE}/out",
        "GASTOWN_TASKS": volumes.TASKS,
        "GASTOWN_GIT_CREDENTIALS": volumes.GIT_CREDENTIALS,
        "GASTOWN_APISERVER_ACCESS": ACCESS,
    }
    credentials = volumes.secret(
        "git-creds", named.name if named else settings.git_secret, known_hosts=hosts.name if hosts else ""
    )
    return Container(
        name=BEADS,
        image=settings.steps_image,
        image_pull_policy=settings.image_pull_policy,
        command=["gastown-step", "beads"],
        env=[argo.EnvVar(name=key, value=value) for key, value in environment.items()],
        resources=argo.ResourceRequirements(**settings.steps_resources),
        security_context=locked_down(),
        labels={labels.STEP: BEADS},
        volumes=[
            _empty("workspace"),
            _empty("private"),
            _orders(f"{slug}-beads-orders"),
            _access(),
            credentials,
        ],
        volume_mounts=[
            volumes.mount("workspace", volumes.WORKSPACE),
            volumes.mount("private", "/tmp"),  # noqa: S108 - a volume of the pod's own
            volumes.mount("tasks", volumes.TASKS, read_only=True),
            volumes.mount("access", ACCESS, read_only=True),
            volumes.mount("git-creds", volumes.GIT_CREDENTIALS, read_only=True),
        ],
        outputs=[
            Parameter(
                name=name, value_from=argo.ValueFrom(path=f"{volumes.WORKSPACE}/out/{name}", default="")
            )
            for name in BEADS_OUTPUTS
        ],
        retry_strategy=retries(settings),
        pod_spec_patch=pod_patch(),
    )


def _empty(name: str) -> argo.Volume:
    return argo.Volume(name=name, empty_dir=argo.EmptyDirVolumeSource())


def _orders(name: str) -> argo.Volume:
    return argo.Volume(name="tasks", config_map=argo.ConfigMapVolumeSource(name=name))


def _access() -> argo.Volume:
    """The account's token, short-lived and renewed by the kubelet, and the authority that the apiserver is known by."""
    token = argo.ServiceAccountTokenProjection(path="token", expiration_seconds=3600)
    authority = argo.ConfigMapProjection(
        name="kube-root-ca.crt", items=[argo.KeyToPath(key="ca.crt", path="ca.crt")]
    )
    sources = [
        argo.VolumeProjection(service_account_token=token),
        argo.VolumeProjection(config_map=authority),
    ]
    return argo.Volume(
        name="access", projected=argo.ProjectedVolumeSource(default_mode=0o440, sources=sources)
    )
