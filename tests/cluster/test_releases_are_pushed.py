"""What a release's workflow pushes, by the script that it calls, can be pulled from the registry as it was made."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import folders
from harness.charts import helm as run_helm
from harness.errors import Missing
from harness.families import binary
from harness.registry import PASSWORD, USER, registry
from harness.site import free_ports

from release.chart import chart
from release.project import project

pytestmark = pytest.mark.usefixtures("helm")

PUSH = Path("release/publish/push")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A registry of this test's own."""
    found = f"127.0.0.1:{free_ports(1)[0]}"
    try:
        with registry(tmp_path / "registry", found):
            yield found
    except Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the script and a chart where `make dist` puts it."""
    root = tmp_path / "checkout"
    (root / PUSH).parent.mkdir(parents=True)
    (root / PUSH).write_bytes((folders.PROJECT / PUSH).read_bytes())
    (root / PUSH).chmod(0o755)
    (root / "dist").mkdir()
    name, content = chart(project(folders.PROJECT, moment=0))
    (root / "dist" / name).write_bytes(content)
    return root


def test_the_chart_is_pulled_as_it_was_made(address: str, checkout: Path, tmp_path: Path) -> None:
    """By the digest that is then signed."""
    _push(checkout, REGISTRY=f"{address}/gastown", REGISTRY_USER=USER, REGISTRY_PASSWORD=PASSWORD)
    (pushed,) = (checkout / "dist" / "pushed").read_text(encoding="utf-8").splitlines()
    assert f"{address}/gastown/charts/gastown-argo" == pushed.partition("@")[0]
    login = str(checkout / "login.json")
    run_helm(
        "pull", f"oci://{pushed}", "--plain-http", "--registry-config", login, "--destination", str(tmp_path)
    )
    (made,) = (checkout / "dist").glob("*.tgz")
    (pulled,) = tmp_path.glob("*.tgz")
    assert made.read_bytes() == pulled.read_bytes()


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
