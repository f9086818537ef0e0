"""What has to be right in a cluster: the apiserver, our kinds, the adapter, Argo and its settings, rights, and each rig."""

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import yaml
from kubernetes import client

from crds import KINDS, Rig
from kubectl_gt.cluster.api import Api, told
from kubectl_gt.health import Check, Health
from workflows.clock import utc_now
from workflows.errors import WorkflowsError

LEASE = "gastown-adapter"
"""The Lease that the adapter at work holds."""

CONTROLLER = "workflow-controller"
SETTINGS = "workflow-controller-configmap"
INSTALL_CHART = "helm install gastown ./helm --namespace gastown-system --create-namespace"
INSTALL_ARGO = "install Argo Workflows 3.7 or newer with its full CRDs"


def checks(api: Api) -> Iterator[Check]:
    """All checks; one that fails does not keep the others from being made."""
    answer = _safely("apiserver", lambda: _apiserver(api), "check --context and the network")
    yield answer
    if answer.health is Health.BAD:
        return
    yield _safely("kinds of Gas Town", lambda: _kinds(api), INSTALL_CHART)
    yield _safely("adapter", lambda: _adapter(api), INSTALL_CHART)
    yield _safely("Argo Workflows", lambda: _argo(api), INSTALL_ARGO)
    yield _safely("Argo's settings", lambda: _settings(api), "ask who runs Argo for them")
    yield _safely(f"your rights in {api.namespace}", lambda: _rights(api), "ask for the role gastown-user")
    try:
        rigs = [each for each in api.every("Rig") if isinstance(each, Rig)]
    except WorkflowsError as error:
        yield Check("rigs", Health.BAD, str(error))
        return
    if not rigs:
        yield Check("rigs", Health.DOUBTFUL, "there is none yet", "rig create NAME --git-url ADDRESS")
    for rig in rigs:
        yield from _rig(rig)


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


def _argo(api: Api) -> tuple[Health, str, str]:
    apps: Any = client.AppsV1Api(api.core.api_client)
    found: Any = apps.list_deployment_for_all_namespaces(**api.more)
    for each in found.items:
        for container in each.spec.template.spec.containers:
            if container.name == CONTROLLER or each.metadata.name.endswith(CONTROLLER):
                ready = bool(each.status.ready_replicas)
                words = f"{container.image} in {each.metadata.namespace}{'' if ready else ', not ready'}"
                return (Health.GOOD if ready else Health.BAD), words, ""
    api.workflows("")
    return Health.DOUBTFUL, "its kind is there, and no Deployment of its controller", ""


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
    return Health.GOOD, f"{SETTINGS} in {found.items[0].metadata.namespace}", ""


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


def _rig(rig: Rig) -> Iterator[Check]:
    what = f"rig {rig.metadata.name}"
    bad = [each for each in rig.status.conditions if each.status == "False"]
    if not rig.status.conditions:
        yield Check(what, Health.DOUBTFUL, "nothing has judged it yet", "see the adapter above")
    elif not bad:
        yield Check(what, Health.GOOD, rig.status.phase)
    for each in bad:
        yield Check(
            f"{what}: {each.type}",
            Health.BAD,
            f"{each.reason}: {each.message}",
            f"rig status {rig.metadata.name}",
        )
