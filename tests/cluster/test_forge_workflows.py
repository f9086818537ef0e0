"""The forge's workflows and the scripts that they call, read by the linters that know their languages."""

import shutil
import subprocess
from pathlib import Path

import pytest
from harness import folders
from harness.families import binary

WORKFLOWS = sorted((folders.PROJECT / ".github" / "workflows").glob("*.yml"))
SCRIPTS = sorted(path for path in folders.PROJECT.glob("release/publish/*") if path.is_file())


@pytest.fixture(scope="module")
def shellcheck() -> str:
    """The program, where the machine has it; `make test-cluster` installs it as root."""
    found = shutil.which("shellcheck")
    if not found:
        pytest.skip("no shellcheck here: install the package shellcheck")
    return found


@pytest.mark.usefixtures("actionlint")
def test_workflows_are_clean() -> None:
    """Names of contexts, inputs and rights, expressions, events."""
    assert ["pull-request.yml", "release.yml"] == [path.name for path in WORKFLOWS]
    assert "" == _told(str(binary("actionlint")), "-no-color", *WORKFLOWS)


@pytest.mark.usefixtures("actionlint")
def test_a_fault_is_seen(tmp_path: Path) -> None:
    """The check above can fail."""
    broken = tmp_path / "release.yml"
    broken.write_text(
        WORKFLOWS[1].read_text(encoding="utf-8").replace("vars.REGISTRY }", "var.REGISTRY }"), "utf-8"
    )
    assert 'undefined variable "var"' in _told(str(binary("actionlint")), "-no-color", broken)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_clean(script: Path, shellcheck: str) -> None:
    """What can't run without the forge is at least read."""
    assert "" == _told(shellcheck, script)


def _told(program: str, *arguments: str | Path) -> str:
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr
