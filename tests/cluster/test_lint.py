"""`argo lint`, built from the same module as the controller, finds nothing in what is compiled."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness.convoys import compiled_for, inline_convoy, writing
from harness.manifests import STRICT
from harness.running import WORKFLOWS, Cluster, program

THREE = [writing(1), writing(2), writing(3, dependsOn=["ap-1", "ap-2"])]
OUTCOME = "GlobalName is a parameter and won't be validated until runtime"
"""Of the name under which a merge tells its outcome, which is its node's."""
GATES = {"gates": [{"name": "test", "command": "make test"}]}


@pytest.mark.usefixtures("light")
@pytest.mark.parametrize(
    ("convoy", "rig", "refinery"),
    [
        pytest.param({}, {}, {}, id="plain"),
        pytest.param({"mergeStrategy": "published"}, {}, {}, id="published only"),
        pytest.param({"parallelism": 2, "deadline": "1h"}, {}, {}, id="limited"),
        pytest.param({}, GATES, {}, id="gates of the rig"),
        pytest.param({}, {}, {**GATES, "style": "merge"}, id="gates of the refinery"),
        pytest.param({}, {"sshKnownHostsConfigMapRef": {"name": "hosts"}}, {}, id="known hosts"),
        pytest.param({"agent": "claude-code", "agentConfig": None}, {}, {}, id="claude code"),
    ],
)
def test_argo_lint_is_clean(
    convoy: Mapping[str, Any], rig: Mapping[str, Any], refinery: Mapping[str, Any], tmp_path: Path
) -> None:
    """Offline, as a user would check a convoy that was written to a file."""
    files = []
    for compiled in compiled_for(inline_convoy("demo", *THREE, **convoy), rig, refinery):
        files.append(tmp_path / f"{compiled.workflow['metadata']['name']}.yaml")
        files[-1].write_text(yaml.safe_dump(compiled.workflow), encoding="utf-8")
    done = subprocess.run(
        [program("argo"), "lint", "--offline", *files], capture_output=True, text=True, check=False
    )
    told = done.stderr.replace(done.stdout, "").splitlines()
    assert 0 == done.returncode, done.stdout + done.stderr
    assert [] == [line for line in told if OUTCOME not in line]


@pytest.mark.parametrize("size", [1, 100], ids=["one bead", "a hundred beads"])
def test_the_full_definitions_take_it(cluster: Cluster, workers: str, size: int) -> None:
    """Under strict validation, the limits of the full definitions included; it does not run."""
    beads = [writing(number, dependsOn=["ap-1"] if number > 1 else []) for number in range(1, size + 1)]
    for compiled in compiled_for(inline_convoy("demo", *beads), {}, {}, namespace=workers):
        cluster.apply(*compiled.config_maps)
        dry = [*STRICT, ("dryRun", "All")]
        workflows = cluster.kind(WORKFLOWS, "Workflow")
        workflows.create(body=compiled.workflow, namespace=workers, query_params=dry)
