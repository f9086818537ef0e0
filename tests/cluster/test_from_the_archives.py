"""A release from its archives alone: chart and images from a registry that wants a log-in, the command line from the wheel; nothing of
the checkout runs but Argo's own parts.
"""

import contextlib
import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from harness import folders, images, releases
from harness.charts import helm
from harness.convoys import HTTP_SECRET, Yard, writing
from harness.errors import Broken, Missing
from harness.gitserver import secret
from harness.network import HOST
from harness.processes import until
from harness.registry import registry
from harness.releases import Release
from harness.running import Cluster
from harness.site import Mode, free_ports
from harness.towns import OURS
from kubernetes.dynamic.exceptions import NotFoundError

from images import agents

pytestmark = [pytest.mark.usefixtures("helm"), pytest.mark.late]

GIVEN = 1_000_650_000
"""A number as OpenShift gives a namespace."""

_RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
_SMALL = {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "1Gi"}}
_QUIET = ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "DISABLE_TELEMETRY", "DISABLE_ERROR_REPORTING")
_ADMISSION = "admissionregistration.k8s.io/v1beta1"


@pytest.fixture(scope="module")
def address(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry with a log-in, beside the node."""
    if cluster.site.mode is not Mode.FULL:
        pytest.skip("a given cluster does not reach a registry of this machine")
    if not agents.obtainable():
        pytest.skip("this machine has no npm, which Claude Code comes with")
    found = f"{HOST}:{free_ports(1, HOST)[0]}"
    try:
        with registry(tmp_path_factory.mktemp("registry") / "data", found):
            releases.trust(cluster.site, found)
            yield found
    except Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def release(address: str, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The release of this checkout, pushed."""
    made = releases.made(tmp_path_factory.mktemp("release"), f"{address}/gastown")
    made.push()
    return made


@dataclasses.dataclass(frozen=True, slots=True)
class Town:
    """A release that is installed in a namespace of its own, with another one for convoys."""

    cluster: Cluster
    name: str
    address: str

    @property
    def workers(self) -> str:
        """The namespace of convoys."""
        return f"{self.name}-workers"

    def helm(self, verb: str, release: Release, *flags: str, **changed: Any) -> None:
        """Install or upgrade, and wait until all of it is ready."""
        values = release.values()
        values["pods"] |= {"stepsResources": _SMALL, "agentResources": _SMALL}
        values |= {"clusterWide": False, "workers": {"namespaces": [self.workers]}, **changed}
        place = ("--namespace", self.name, "--wait", "--timeout", "5m")
        try:
            helm(
                verb,
                self.name,
                str(release.chart),
                *place,
                *flags,
                values=values,
                kubeconfig=self.cluster.kubeconfig,
            )
        except Broken as late:
            raise Broken(f"{late}\n{self.told()}") from late
        self.cluster.apply(releases.pull_secret(self.workers, self.address))

    def told(self) -> str:
        """The warnings of the release's namespace."""
        found = self.cluster.kind("v1", "Event").get(namespace=self.name)
        return "\n".join(
            f"{each.involvedObject.name}: {each.message}" for each in found.items if each.type == "Warning"
        )

    def sling(self, beads: list[Mapping[str, Any]]) -> Yard:
        """A convoy of Claude Code, against a stand-in for its model."""
        yard = Yard(self.cluster, self.workers)
        yard.open()
        self.cluster.apply(secret("model-key", self.workers, {"key": "sk-stand-in"}))
        rig = {
            "gitURL": self.cluster.git.http_url(yard.namespace),
            "beadsPrefix": "ap",
            "gitSecretRef": {"name": HTTP_SECRET},
            "apiKeySecretRef": {"name": "model-key", "key": "key"},
            "agentConfig": {
                "modelProvider": {"endpoint": self.cluster.model_url},
                "env": [{"name": name, "value": "1"} for name in _QUIET],
            },
        }
        convoy = {"description": "demo", "rigRef": yard.namespace, "beads": beads}
        self.cluster.apply(
            {"apiVersion": OURS, "kind": "Rig", "metadata": {"name": yard.namespace}, "spec": rig},
            {
                "apiVersion": OURS,
                "kind": "Convoy",
                "metadata": {"name": "demo", "namespace": self.workers},
                "spec": convoy,
            },
        )
        return yard

    def phase(self) -> str:
        """The convoy's."""
        found = self.cluster.kind(OURS, "Convoy").get(name="demo", namespace=self.workers).to_dict()
        return str((found.get("status") or {}).get("phase", ""))

    def pods(self, namespace: str) -> list[dict[str, Any]]:
        """Those of a namespace."""
        found = self.cluster.kind("v1", "Pod").get(namespace=namespace)
        return [each.to_dict() for each in found.items]

    def end(self, *, seconds: float = 420) -> str:
        """The convoy's phase, once it has ended."""
        try:
            until(lambda: self.phase() in ("Complete", "Failed"), "the end of the convoy", seconds=seconds)
        except Broken as late:
            raise Broken(f"{late}\n{self.cluster.mishaps(self.workers)}") from late
        return self.phase()


@pytest.fixture
def town(cluster: Cluster, address: str, request: pytest.FixtureRequest) -> Iterator[Town]:
    """Namespaces to install in; afterwards all of the test is gone but the definitions."""
    number = [*_TESTS].index(request.function.__name__)
    made = Town(cluster, f"archive-{os.getpid()}-{number}", address)
    labels = {**_RESTRICTED, "gastown.test/town": made.name}
    cluster.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": made.name, "labels": labels}}
    )
    cluster.apply(releases.pull_secret(made.name, address))
    yield made
    helm(
        "uninstall", made.name, "--namespace", made.name, "--ignore-not-found", kubeconfig=cluster.kubeconfig
    )
    numbers = f"{made.name}-numbers"
    for kind, version, name in (
        ("Rig", OURS, made.workers),
        ("Namespace", "v1", made.workers),
        ("Namespace", "v1", made.name),
        ("MutatingAdmissionPolicyBinding", _ADMISSION, numbers),
        ("MutatingAdmissionPolicy", _ADMISSION, numbers),
    ):
        with contextlib.suppress(NotFoundError):
            cluster.kind(version, kind).delete(name=name)


def _wheel(town: Town, release: Release, *words: str) -> "subprocess.CompletedProcess[str]":
    """`kubectl gt` out of the wheel; the environment of these tests gives only what it depends on."""
    (wheel,) = release.files.glob("*.whl")
    return subprocess.run(
        [sys.executable, "-P", "-m", "kubectl_gt", *words, "--namespace", town.workers],
        cwd=release.files,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(release.root),
            "PYTHONPATH": str(wheel),
            "KUBECONFIG": str(town.cluster.kubeconfig),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_claude_code_merges_a_bead_from_the_archives(town: Town, release: Release) -> None:
    """Chart and images from the registry, by a pull secret; what runs is by its digest what was made."""
    town.helm("install", release, "--take-ownership")
    yard = town.sling([writing(1)])

    assert "Complete" == town.end(), town.cluster.mishaps(town.workers)

    assert "1\n" == yard.show("show", "main:1.txt")
    ran = {
        (status["image"], status["imageID"].rpartition("@")[2])
        for pod in town.pods(town.workers) + town.pods(town.name)
        for status in pod["status"].get("containerStatuses") or ()
        if not status["image"].startswith(images.HOST)
    }
    assert {release.image(name) for name in ("steps", "adapter", "polecat-agent")} == {
        name for name, _ in ran
    }
    assert {digest for _, digest in ran} <= release.digests
    shown = _wheel(town, release, "convoy", "status", "demo")
    assert (0, True) == (shown.returncode, "Complete" in shown.stdout), shown.stderr
    where = subprocess.run(
        [sys.executable, "-P", "-c", "import kubectl_gt; print(kubectl_gt.__file__)"],
        cwd=release.files,
        env={"PYTHONPATH": str(next(release.files.glob("*.whl")))},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert str(folders.PROJECT) not in where
    assert ".whl" in where


def test_a_number_that_no_image_knows_works_a_bead(town: Town, release: Release) -> None:
    """As OpenShift's restricted-v2 admits pods: a number of the namespace's own, in group 0; the chart names none."""
    town.cluster.apply(*_numbers(town))
    town.helm("install", release, "--take-ownership", openshift=True)
    yard = town.sling([writing(1)])

    assert "Complete" == town.end(), town.cluster.mishaps(town.workers)

    assert "1\n" == yard.show("show", "main:1.txt")
    pods = town.pods(town.workers) + town.pods(town.name)
    assert {GIVEN} == {pod["spec"]["securityContext"].get("runAsUser") for pod in pods}
    assert {None} == {pod["spec"]["securityContext"].get("runAsGroup") for pod in pods}
    containers = [
        each
        for pod in pods
        for each in (*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ()))
    ]
    assert {None} == {(each.get("securityContext") or {}).get("runAsUser") for each in containers}


def _numbers(town: Town) -> tuple[dict[str, Any], ...]:
    """Gives the pods of the town's namespaces their number, where they name none: what names one is left as it is, and seen."""
    names = [town.name, town.workers]
    place = {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": names}]}
    context = f"Object.spec.securityContext{{runAsUser: {GIVEN}, fsGroup: {GIVEN}}}"
    spec = {
        "failurePolicy": "Fail",
        "reinvocationPolicy": "Never",
        "matchConstraints": {
            "namespaceSelector": place,
            "resourceRules": [
                {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
            ],
        },
        "matchConditions": [
            {
                "name": "names-none",
                "expression": "!has(object.spec.securityContext) || !has(object.spec.securityContext.runAsUser)",
            }
        ],
        "mutations": [
            {
                "patchType": "ApplyConfiguration",
                "applyConfiguration": {
                    "expression": f"Object{{spec: Object.spec{{securityContext: {context}}}}}"
                },
            }
        ],
    }
    name = f"{town.name}-numbers"
    return (
        {
            "apiVersion": _ADMISSION,
            "kind": "MutatingAdmissionPolicy",
            "metadata": {"name": name},
            "spec": spec,
        },
        {
            "apiVersion": _ADMISSION,
            "kind": "MutatingAdmissionPolicyBinding",
            "metadata": {"name": name},
            "spec": {"policyName": name},
        },
    )


def test_an_archive_that_a_node_imports_is_what_the_chart_names(cluster: Cluster, release: Release) -> None:
    """`ctr images import`, as docs/images.md has it: the kubelet finds the image under the chart's own default."""
    archive = release.files / "images" / "steps.oci.tar"
    command = ("ctr", "--address", str(cluster.site.folder / "containerd.sock"), "--namespace", "k8s.io")
    subprocess.run([*command, "images", "import", str(archive)], check=True, capture_output=True)
    name = f"imported-{os.getpid()}"
    container = {
        "name": "steps",
        "image": f"gastown/steps:{release.version}",
        "imagePullPolicy": "Never",
        "command": ["git", "--version"],
    }
    cluster.create(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {"restartPolicy": "Never", "containers": [container]},
        }
    )

    def phase() -> str:
        found = cluster.kind("v1", "Pod").get(name=name, namespace="default").to_dict()
        return str(found["status"].get("phase", ""))

    try:
        until(lambda: phase() in ("Succeeded", "Failed"), f"the end of pod {name}", seconds=120)
        assert "Succeeded" == phase()
    finally:
        cluster.kind("v1", "Pod").delete(name=name, namespace="default")


_TESTS = [name for name in dict(globals()) if name.startswith("test_")]
