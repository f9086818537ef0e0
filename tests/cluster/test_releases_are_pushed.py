"""What a release's workflow pushes, by the script that it calls, can be pulled from the registry as it was made."""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import folders
from harness.charts import helm as run_helm
from harness.errors import Missing
from harness.families import binary
from harness.registry import PASSWORD, USER, registry
from harness.site import free_ports

from images.oci import Image, Layer, Named, layout
from images.tree import Tree, add, tar
from release.chart import chart
from release.project import project

pytestmark = pytest.mark.usefixtures("helm")

PUSH = Path("release/publish/push")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A registry of this test's own."""
    if shutil.which("skopeo") is None:
        pytest.skip("no skopeo here: install the package skopeo")
    found = f"127.0.0.1:{free_ports(1)[0]}"
    try:
        with registry(tmp_path / "registry", found):
            yield found
    except Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the script, and a chart and an image where `make dist images` puts them."""
    root = tmp_path / "checkout"
    (root / PUSH).parent.mkdir(parents=True)
    (root / PUSH).write_bytes((folders.PROJECT / PUSH).read_bytes())
    (root / PUSH).chmod(0o755)
    (root / "dist").mkdir()
    name, content = chart(project(folders.PROJECT, moment=0))
    (root / "dist" / name).write_bytes(content)
    _tiny(root / "dist" / "images" / "tiny.oci.tar")
    return root


def _tiny(archive: Path) -> None:
    """An image of one file, for two architectures."""
    archive.parent.mkdir()
    tree: Tree = {}
    add(tree, "etc/motd", b"the town stands\n")
    content = tar(tree)
    layer = archive.with_suffix(".layer")
    layer.write_bytes(content)
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    layers = (Layer(path=layer, digest=digest, size=len(content), content=digest),)
    images = tuple(Image(layers=layers, architecture=each) for each in ("amd64", "arm64"))
    with archive.open("wb") as stream:
        layout([Named("gastown/tiny:1", images)]).write(stream)


def test_the_chart_is_pulled_as_it_was_made(address: str, checkout: Path, tmp_path: Path) -> None:
    """By the digest that is then signed."""
    _push(checkout, REGISTRY=f"{address}/gastown", REGISTRY_USER=USER, REGISTRY_PASSWORD=PASSWORD)
    pushed, _ = (checkout / "dist" / "pushed").read_text(encoding="utf-8").splitlines()
    assert f"{address}/gastown/charts/gastown-argo" == pushed.partition("@")[0]
    login = str(checkout / "login.json")
    run_helm(
        "pull", f"oci://{pushed}", "--plain-http", "--registry-config", login, "--destination", str(tmp_path)
    )
    (made,) = (checkout / "dist").glob("*.tgz")
    (pulled,) = tmp_path.glob("*.tgz")
    assert made.read_bytes() == pulled.read_bytes()


def test_images_keep_their_digests(address: str, checkout: Path) -> None:
    """Both architectures, under the version: what is signed is what was built."""
    _push(checkout, REGISTRY=f"{address}/gastown", REGISTRY_USER=USER, REGISTRY_PASSWORD=PASSWORD)
    pushed = (checkout / "dist" / "pushed").read_text(encoding="utf-8").splitlines()[-1]
    with tarfile.open(checkout / "dist" / "images" / "tiny.oci.tar") as archive:
        index = archive.extractfile("index.json")
        assert index is not None
        (entry,) = json.load(index)["manifests"]
    assert f"{address}/gastown/tiny@{entry['digest']}" == pushed
    version = project(folders.PROJECT, moment=0).version
    found = subprocess.run(
        [
            "skopeo",
            "inspect",
            "--raw",
            "--tls-verify=false",
            f"--creds={USER}:{PASSWORD}",
            f"docker://{address}/gastown/tiny:{version}",
        ],
        capture_output=True,
        check=True,
    ).stdout
    assert entry["digest"] == f"sha256:{hashlib.sha256(found).hexdigest()}"
    assert ["amd64", "arm64"] == [each["platform"]["architecture"] for each in json.loads(found)["manifests"]]


def test_a_release_without_a_registry_is_refused(checkout: Path) -> None:
    """The owner chooses one; there is no default that a fork could push to."""
    with pytest.raises(subprocess.CalledProcessError) as refused:
        _push(checkout)
    assert "REGISTRY: set it to the registry" in refused.value.stderr


def _push(checkout: Path, **variables: str) -> None:
    path = f"{binary('helm').parent}:{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(checkout), "HELM_REGISTRY_CONFIG": str(checkout / "login.json")}
    environment |= {"PLAIN_HTTP": "1", **variables}
    subprocess.run([checkout / PUSH], env=environment, check=True, capture_output=True, text=True)
