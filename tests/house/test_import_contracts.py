"""Each import contract breaks when somebody breaks it: a contract that can't fail holds nothing."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
CONTRACTS = {contract["name"]: contract for contract in SETTINGS["contracts"]}

VIOLATIONS = {
    "Packages import one way: crds, forges <- workflows, apiserver <- adapter, events <- kubectl_gt": [
        ("workflows/labels.py", "import adapter.settings"),
        ("apiserver/transport.py", "import events.errors"),
    ],
    "Layers of workflows": [("workflows/entries.py", "import workflows.refinery.queue")],
    "Layers of the adapter: process, kinds, machinery, data": [
        ("adapter/cache/lister.py", "import adapter.convoys.decision"),
        ("adapter/rigs/status.py", "import adapter.refineries.status"),
    ],
    "Layers of kubectl_gt: program, verbs, towns, data": [
        ("kubectl_gt/show/output.py", "import kubectl_gt.cli.options"),
    ],
    "No circles, in any folder": [("adapter/objects/keys.py", "import adapter.objects.kinds")],
    "Forges are requests and answers: only the transport of servers needs more than the standard library": [
        ("forges/model.py", "import pydantic"),
    ],
    "What runs inside a pod is standard library only: it starts in milliseconds and fits any image": [
        ("workflows/steps/git/command.py", "import yaml"),
        ("workflows/refinery/landing.py", "import pydantic"),
        ("workflows/steps/clone/step.py", "import crds.convoy"),
    ],
    "What holds a key imports nothing of what reads the agent's side": [
        ("workflows/steps/publish/intake.py", "import workflows.steps.courier.heads"),
    ],
    "The courier imports nothing that holds a key": [
        ("workflows/steps/courier/snapshot.py", "import workflows.steps.git.remote"),
    ],
}
"""Of each contract: the imports, each added to a file, that it must find."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a copy of this tree in which every contract is violated."""
    copy = tmp_path_factory.mktemp("copy")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for package in SETTINGS["root_packages"]:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file, line in {each for violations in VIOLATIONS.values() for each in violations}:
        path = copy / file
        path.write_text(f"{path.read_text()}\n{line}\n")
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            "--no-cache",
        ],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy), "COLUMNS": "250"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_violated_contract_is_broken(report: str, name: str) -> None:
    """Every contract in pyproject.toml has a violation here, and the linter finds each of them."""
    assert re.search(rf"^{re.escape(name)} BROKEN", report, re.MULTILINE), report
    sections = re.split(r"^(.+)\n-+\n", report.split("Broken contracts\n")[1], flags=re.MULTILINE)
    found = dict(zip(sections[1::2], sections[2::2], strict=True))[name]
    for file, line in VIOLATIONS[name]:
        importer, imported = file.removesuffix(".py").replace("/", "."), line.removeprefix("import ")
        direct = re.search(rf"{re.escape(importer)} -> {re.escape(imported)}\b", found)
        circle = re.search(rf"\.{imported.rpartition('.')[2]} -> \.{importer.rpartition('.')[2]}\b", found)
        assert direct or circle, found


def test_the_pod_contract_forbids_every_locked_package() -> None:
    """A dependency that is added later must not slip into a step."""
    name = next(each for each in CONTRACTS if "inside a pod" in each)
    lock = (ROOT / "requirements" / "runtime.txt").read_text()
    locked = {_canonical(each) for each in re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.MULTILINE)}
    modules = {
        module
        for module, owners in importlib.metadata.packages_distributions().items()
        if module.isidentifier() and locked & {_canonical(owner) for owner in owners}
    }
    assert modules - set(CONTRACTS[name]["forbidden_modules"]) <= {"jsonpatch_cli", "tzdata"}


def test_no_folder_of_a_program_is_crowded() -> None:
    """Where more than fifteen files lie in one folder nobody guesses the right one."""
    folders = {
        file.parent
        for package in (
            "adapter",
            "apiserver",
            "kubectl_gt",
            "events",
            "forges",
            "workflows/steps",
            "workflows/local",
        )
        for file in (ROOT / package).rglob("*.py")
    }
    counts = {
        str(folder.relative_to(ROOT)): sum(each.name != "__init__.py" for each in folder.glob("*.py"))
        for folder in folders
    }
    assert {name: count for name, count in counts.items() if count > 15} == {}


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
