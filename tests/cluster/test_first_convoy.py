"""docs/cluster.md from a cluster without Gas Town to merged beads and back: its commands as they stand, one after the other."""

import dataclasses
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from harness import argo, catalog, folders, images, tenants
from harness.charts import helm
from harness.convoys import Yard
from harness.furnish import redefine
from harness.images import CLAUDE, HOST
from harness.manifests import established
from harness.processes import until
from harness.recorder import let_go
from harness.running import Cluster, program

from images.oci import Named

PAGE = folders.PROJECT / "docs" / "cluster.md"
RELEASE = "gastown"
FAMILY = ".gastown.gastown.io"
SPACES = (tenants.SYSTEM, tenants.WORKERS)

_BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROMPT = re.compile(r"^\$ ", re.MULTILINE)
_MAKE = """\
#!/bin/sh
# Stands in for `make images`, which makes them for two architectures: those of this one are there.
test "$*" = images
"""
_SKOPEO = """\
#!/bin/sh
# Stands in for skopeo, as there is no registry: names the tested image as the archive would be named there.
test "$1 $2" = "copy --all" || exit 1
image=${{3#oci-archive:dist/images/}}
exec ctr --address {socket} --namespace k8s.io images tag --force {host}/${{image%.oci.tar}}:1 "${{4#docker://}}"
"""
_QUIET = ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "DISABLE_TELEMETRY", "DISABLE_ERROR_REPORTING")


class Typed(NamedTuple):
    """What the page has its reader type, and the lines that it shows of the answer."""

    command: str
    shown: tuple[str, ...]


def _typed() -> Iterator[Typed]:
    """All of it in its order, first of all the block in which readers name what is theirs."""
    for kind, block in _BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if kind == "sh":
            yield Typed(block, ())
            continue
        for prompted in _PROMPT.split(block)[1:]:
            command, *shown = prompted.splitlines()
            yield Typed(command, tuple(shown))


@pytest.fixture
def bare(cluster: Cluster) -> Iterator[Cluster]:
    """The cluster without the harness' own definitions and namespaces, and with an agent's image; as it was afterwards."""
    _load_agent(cluster)  # a stranger's cluster is not ours to clear: skipped here
    _clear(cluster)
    yield cluster
    listed = helm("list", "--short", "--namespace", tenants.SYSTEM, kubeconfig=cluster.kubeconfig)
    if RELEASE in listed.split():
        helm("uninstall", RELEASE, "--namespace", tenants.SYSTEM, kubeconfig=cluster.kubeconfig)
    _clear(cluster)
    redefine(cluster.own)
    cluster.apply(*tenants.all_of(), argo.configuration())


def _clear(cluster: Cluster) -> None:
    if not cluster.gone("v1", "Namespace", tenants.WORKERS):
        let_go(cluster, tenants.WORKERS)  # of a test that failed in the middle
    kinds = cluster.kind("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    for name in _ours(cluster):
        kinds.delete(name=name)
    for name in SPACES:
        if not cluster.gone("v1", "Namespace", name):
            cluster.kind("v1", "Namespace").delete(name=name)
    until(lambda: _nothing(cluster), "a cluster without Gas Town", seconds=120)


def _ours(cluster: Cluster) -> list[str]:
    return [name for name in established(cluster.api) if name.endswith(FAMILY)]


def _nothing(cluster: Cluster) -> bool:
    return not _ours(cluster) and all(cluster.gone("v1", "Namespace", name) for name in SPACES)


def _environment(yard: Yard, scratch: Path) -> Mapping[str, str]:
    """What readers name, and programs as they have them."""
    socket = yard.cluster.own.folder / "containerd.sock"
    for name, text in (("make", _MAKE), ("skopeo", _SKOPEO.format(socket=socket, host=HOST))):
        (scratch / name).write_text(text, encoding="utf-8")
        (scratch / name).chmod(0o755)
    programs = [scratch, *(program(each).parent for each in ("kubectl", "helm")), Path(sys.executable).parent]
    git = yard.cluster.git
    return {
        "PATH": os.pathsep.join([*map(str, programs), os.environ["PATH"]]),
        "HOME": str(scratch),
        "KUBECONFIG": str(yard.cluster.kubeconfig),
        "REGISTRY": "registry.gastown.test/gastown",
        "GIT_URL": git.http_url(yard.namespace),
        "GIT_USER": "gastown",
        "GIT_TOKEN": git.token,
        "ANTHROPIC_API_KEY": "sk-stand-in",
    }


def _load_agent(cluster: Cluster) -> None:
    """The released image with Claude Code, which here asks the stand-in for its model where nobody says otherwise."""
    socket = cluster.own.folder / "containerd.sock"
    cluster.require_image(CLAUDE)
    ((released,),) = [each.images for each in catalog.images(print) if each.name == CLAUDE]
    told = {"ANTHROPIC_BASE_URL": cluster.model_url, **dict.fromkeys(_QUIET, "1")}
    agent = dataclasses.replace(released, environment={**released.environment, **told})
    images.load([Named(f"{HOST}/polecat-agent:1", (agent,))], socket)


@pytest.mark.late
@pytest.mark.usefixtures("helm")
def test_the_page_leads_to_merged_beads_and_back(bare: Cluster, workers: str, tmp_path: Path) -> None:
    """Every command succeeds and answers as shown but for numbers, the three beads are merged, and the cluster is as empty as before."""
    yard = Yard(bare, workers)
    yard.open()
    environment = _environment(yard, tmp_path)

    _, *steps = _typed()
    for step in steps:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", step.command],
            cwd=folders.PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=1000,
        )
        assert 0 == done.returncode, f"{step.command}\n{done.stdout}{done.stderr}"
        shown = {line for line in step.shown if not re.search(r"\d|…", line)}
        assert shown <= set(done.stdout.splitlines())

    assert "Hello\nA polecat\nAnother polecat\n" == yard.show("show", "main:HELLO.md")
    assert _nothing(bare)
