"""What docs/argo.md says that was run is what the test cluster is made of."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "argo.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("folder", "module"),
    [
        ("kube", "k8s.io/kubernetes"),
        ("argo", "github.com/argoproj/argo-workflows/v4"),
        ("argo-newer", "github.com/argoproj/argo-workflows/v4"),
    ],
)
def test_the_table_has_the_versions_that_are_built(folder: str, module: str) -> None:
    """Each go.mod pins one; a version that is raised is told."""
    text = (ROOT / "tests" / "cluster" / "go" / folder / "go.mod").read_text(encoding="utf-8")
    version = re.search(rf"{re.escape(module)} v(\S+)", text)
    assert version is not None
    table = PAGE[: PAGE.index("## What is compiled")]
    assert re.search(rf"\| {re.escape(version[1])}\b", table), version[1]
