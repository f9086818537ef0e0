"""A release from its archives alone: chart and images from a registry that wants a log-in, the command line from the wheel; nothing of
the checkout runs but Argo's own parts.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from harness import folders, images, releases
from harness.archived import Archived, archived, registry_beside
from harness.convoys import writing
from harness.errors import Missing
from harness.processes import until
from harness.releases import Release
from harness.running import Cluster
from kubernetes.dynamic.exceptions import NotFoundError

pytestmark = [pytest.mark.usefixtures("helm"), pytest.mark.late]

GIVEN = 1_000_650_000
"""A number as OpenShift gives a namespace."""

_ADMISSION = "admissionregistration.k8s.io/v1beta1"


@pytest.fixture(scope="module")
def address(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry with a log-in, beside the node."""
    try:
        with registry_beside(cluster, tmp_path_factory.mktemp("registry") / "data") as found:
            yield found
    except Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def release(address: str, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The release of this checkout, pushed."""
    made = releases.made(tmp_path_factory.mktemp("release"), f"{address}/gastown")
    made.push()
    return made


@pytest.fixture
def town(cluster: Cluster, address: str, request: pytest.FixtureRequest) -> Iterator[Archived]:
    """Namespaces to install in; afterwards all of the test is gone but the definitions."""
    number = [*_TESTS].index(request.function.__name__)
    with archived(cluster, f"archive-{os.getpid()}-{number}", address) as made:
        yield made
    for kind in ("MutatingAdmissionPolicyBinding", "MutatingAdmissionPolicy"):
        with contextlib.suppress(NotFoundError):
            cluster.kind(_ADMISSION, kind).delete(name=f"{made.name}-numbers")


def test_claude_code_merges_a_bead_from_the_archives(town: Archived, release: Release) -> None:
    """Chart and images from the registry, by a pull secret; what runs is by its digest what was made."""
    town.helm("install", release, "--take-ownership")
    yard = town.sling([writing(1)])

    assert "Complete" == town.end(), town.cluster.mishaps(town.workers)

    assert "1\n" == yard.show("show", "main:1.txt")
    pods = town.pods(town.workers) + town.pods(town.name)
    named = {each["image"] for pod in pods for each in pod["spec"]["containers"]}
    assert {release.image(name) for name in ("steps", "adapter", "polecat-agent")} == {
        name for name in named if not name.startswith(images.HOST)
    }
    digests = {
        status["imageID"].rpartition("@")[2]
        for pod in pods
        for status in pod["status"].get("containerStatuses") or ()
        if not status["image"].startswith(images.HOST)
    }
    assert digests <= release.digests
    shown = town.gt(release, "convoy", "status", "demo")
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


def test_a_number_that_no_image_knows_works_a_bead(town: Archived, release: Release) -> None:
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


def _numbers(town: Archived) -> tuple[dict[str, Any], ...]:
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
