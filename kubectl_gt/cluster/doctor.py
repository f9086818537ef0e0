"""What has to be right in a cluster: the apiserver, our kinds, the adapter, Argo and its settings, rights, and each rig."""

import contextlib
import datetime
import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml
from kubernetes import client

from crds import KINDS, Refinery, Rig
from kubectl_gt.cluster.api import Api, told
from kubectl_gt.health import Check, Health, conditions, forges
from workflows.clock import utc_now
from workflows.errors import WorkflowsError
from workflows.labels import BEAD

LEASE = "gastown-adapter"
"""The Lease that the adapter at work holds."""

CONTROLLER = "workflow-controller"
SETTINGS = "workflow-controller-configmap"
INSTALL_CHART = "helm install gastown ./helm --namespace gastown-system --create-namespace"
OLDEST = (3, 7)
INSTALL_ARGO = "install Argo Workflows 3.7 or newer with its full CRDs"
REQUEUE = "DEFAULT_REQUEUE_TIME"
"""The controller's variable for the time between two of its looks at a Workflow."""

PULLS = frozenset(
    {"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError"}
)
"""Why a container waits whose image the node does not get."""

_Controller = tuple[Any, Any]
"""Argo's Deployment and the container in it."""


def checks(api: Api) -> Iterator[Check]:
    """All checks; one that fails does not keep the others from being made."""
    answer = _safely("apiserver", lambda: _apiserver(api), "check --context and the network")
    yield answer
    if answer.health is Health.BAD:
        return
    yield _safely("kinds of Gas Town", lambda: _kinds(api), INSTALL_CHART)
    yield _safely("adapter", lambda: _adapter(api), INSTALL_CHART)
    controller = functools.cache(lambda: _controller(api))
    yield _safely("Argo Workflows", lambda: _argo(api, controller()), INSTALL_ARGO)
    yield _safely("Argo's settings", lambda: _settings(api), "ask who runs Argo for them")
    yield _safely("Argo's pace", lambda: _pace(controller()), "ask who runs Argo for it")
    yield _safely("images", lambda: _images(api), "see the events of the pods")
    yield _safely(f"your rights in {api.namespace}", lambda: _rights(api), "ask for the role gastown-user")
    try:
        rigs = [each for each in api.every("Rig") if isinstance(each, Rig)]
    except WorkflowsError as error:
        yield Check("rigs", Health.BAD, str(error))
        return
    if not rigs:
        yield Check("rigs", Health.DOUBTFUL, "there is none yet", "`rig create NAME --git-url ADDRESS`")
    refineries = _refineries(api) if rigs else {}
    for rig in rigs:
        yield from _rig(rig, refineries.get(rig.metadata.name))


def _safely(what: str, check: Callable[[], tuple[Health, str, str]], fix: str) -> Check:
    """A check that may be refused: what one may not read is doubtful, not wrong."""
    try:
        with told(what):
            health, seen, own = check()
    except WorkflowsError as error:
        forbidden = "forbidden" in str(error).lower()
        return Check(what, Health.DOUBTFUL if forbidden else Health.BAD, str(error), fix)
    return Check(what, health, seen, "" if health is Health.GOOD else own or fix)


def _apiserver(api: Api) -> tuple[Health, str, str]:
    version: Any = client.VersionApi(api.core.api_client).get_code(**api.more)
    return Health.GOOD, f"Kubernetes {version.git_version}", ""


def _kinds(api: Api) -> tuple[Health, str, str]:
    for kind in KINDS:
        api.every(kind)
    return Health.GOOD, ", ".join(sorted(KINDS)), ""


def _adapter(api: Api) -> tuple[Health, str, str]:
    leases: Any = client.CoordinationV1Api(api.core.api_client).list_lease_for_all_namespaces(**api.more)
    mine = [each for each in leases.items if each.metadata.name == LEASE]
    if not mine:
        return Health.BAD, "no adapter holds its Lease: nothing that you make will run", ""
    lease = mine[0]
    where, renewed = lease.metadata.namespace, lease.spec.renew_time
    silent = utc_now() - renewed if renewed else datetime.timedelta.max
    if silent > datetime.timedelta(seconds=2 * (lease.spec.lease_duration_seconds or 15)):
        logs = f"kubectl -n {where} logs deployment/gastown-adapter"
        return Health.BAD, f"the Lease in {where} was not renewed since {renewed}", logs
    return Health.GOOD, f"{lease.spec.holder_identity} in {where}", ""


def _controller(api: Api) -> _Controller | None:
    """None where it runs in another way."""
    apps: Any = client.AppsV1Api(api.core.api_client)
    found: Any = apps.list_deployment_for_all_namespaces(**api.more)
    each_container = ((each, one) for each in found.items for one in each.spec.template.spec.containers)
    return next(
        (
            (each, one)
            for each, one in each_container
            if one.name == CONTROLLER or each.metadata.name.endswith(CONTROLLER)
        ),
        None,
    )


def _argo(api: Api, found: _Controller | None) -> tuple[Health, str, str]:
    if found is None:
        api.workflows("")
        return Health.DOUBTFUL, "its kind is there, and no Deployment of its controller", ""
    deployment, container = found
    ready, old = bool(deployment.status.ready_replicas), _older(container.image)
    seen = f"{container.image} in {deployment.metadata.namespace}{'' if ready else ', not ready'}"
    return (Health.GOOD if ready and not old else Health.BAD), seen, ""


def _older(image: str) -> bool:
    """Whether its tag is a version that we do not run on; a digest tells none."""
    told = re.search(r":v(\d+)\.(\d+)", image)
    return told is not None and (int(told[1]), int(told[2])) < OLDEST


def _pace(found: _Controller | None) -> tuple[Health, str, str]:
    if found is None:
        return Health.DOUBTFUL, "no Deployment of its controller is there to look at", ""
    told = next((each.value for each in found[1].env or () if each.name == REQUEUE), None)
    if told is None:
        fix = f"set {REQUEUE}=2s on {found[0].metadata.name}: each hop of a bead waits for it"
        return Health.DOUBTFUL, "it waits ten seconds between two looks at a Workflow", fix
    return Health.GOOD, f"{told} between two looks at a Workflow", ""


def _images(api: Api) -> tuple[Health, str, str]:
    pods: Any = api.core.list_pod_for_all_namespaces(label_selector=BEAD, **api.more)
    for pod in pods.items:
        status = pod.status
        for each in (*(status.init_container_statuses or ()), *(status.container_statuses or ())):
            waiting = each.state.waiting if each.state else None
            if waiting is not None and waiting.reason in PULLS:
                seen = f"{each.image}: {waiting.reason}: {waiting.message or 'no further word'}"
                fix = "correct its name in the Rig or the chart's values, or give the nodes access to the registry"
                return Health.BAD, seen, fix
    return Health.GOOD, f"none is missing to the {len(pods.items)} pods of beads that there are", ""


def _settings(api: Api) -> tuple[Health, str, str]:
    found: Any = api.core.list_config_map_for_all_namespaces(
        field_selector=f"metadata.name={SETTINGS}", **api.more
    )
    if not found.items:
        return Health.DOUBTFUL, f"there is no {SETTINGS}", ""
    data = found.items[0].data or {}
    synchronization = yaml.safe_load(data.get("synchronization", "")) or {}
    if not isinstance(synchronization, dict) or not synchronization.get("semaphoreLimitCacheSeconds"):
        fix = f"set synchronization: {{semaphoreLimitCacheSeconds: 10}} in {SETTINGS}"
        return Health.DOUBTFUL, "limits are read from the apiserver at each look at each waiting bead", fix
    if strategy := _collected(data.get("workflowDefaults", "")):
        fix = f"take podGC out of workflowDefaults in {SETTINGS}, or make it OnWorkflowSuccess"
        return Health.DOUBTFUL, f"podGC {strategy} deletes an agent's pod with its log when it ends", fix
    return Health.GOOD, f"{SETTINGS} in {found.items[0].metadata.namespace}", ""


def _collected(defaults: str) -> str:
    """The strategy by which pods are deleted before their Workflow has ended well; empty for none."""
    read = yaml.safe_load(defaults) or {}
    spec = read.get("spec") if isinstance(read, dict) else None
    collects = spec.get("podGC") if isinstance(spec, dict) else None
    strategy = str(collects.get("strategy", "")) if isinstance(collects, dict) else ""
    return "" if strategy == "OnWorkflowSuccess" else strategy


def _rights(api: Api) -> tuple[Health, str, str]:
    reviews: Any = client.AuthorizationV1Api(api.core.api_client)
    missing = []
    for verb, plural in (
        ("create", "convoys"),
        ("create", "polecats"),
        ("patch", "convoys"),
        ("list", "rigs"),
    ):
        attributes = {
            "verb": verb,
            "group": "gastown.gastown.io",
            "resource": plural,
            "namespace": api.namespace,
        }
        review = {"spec": {"resourceAttributes": attributes}}
        answer: Any = reviews.create_self_subject_access_review(review, **api.more)
        if not answer.status.allowed:
            missing.append(f"{verb} {plural}")
    if missing:
        return Health.BAD, f"you may not {', '.join(missing)}", ""
    return Health.GOOD, "you may make and change convoys and polecats", ""


def _refineries(api: Api) -> dict[str, Refinery]:
    """By rig; none where one may not read them, which the check of our kinds has told."""
    with contextlib.suppress(WorkflowsError):
        return {each.spec.rig_ref: each for each in api.every("Refinery") if isinstance(each, Refinery)}
    return {}


def _rig(rig: Rig, refinery: Refinery | None) -> Iterator[Check]:
    """What is written on the rig; its token is not this person's to read, so its forge is asked by gastown-events only."""
    what = f"rig {rig.metadata.name}"
    if not rig.status.conditions:
        yield Check(what, Health.DOUBTFUL, "nothing has judged it yet", "see the adapter above")
        return
    found = [*conditions.judged(rig)]
    lacking = forges.unset(rig, refinery) if refinery else None
    if lacking:
        found.append(lacking)
    if not any(each.health is Health.BAD for each in found):
        yield Check(what, Health.GOOD, rig.status.phase)
    yield from found
