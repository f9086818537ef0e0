"""The forge's workflows run nothing that can change under them, with no more rights than they need."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WRITES = {
    "pull-request.yml": {},
    "release.yml": {"publish": {"attestations", "contents", "id-token", "packages"}},
}
"""File -> job -> what it may write."""

each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def _jobs(file: Path) -> dict[str, Any]:
    jobs: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"]
    return jobs


def _steps(file: Path) -> list[dict[str, Any]]:
    return [step for job in _jobs(file).values() for step in job["steps"]]


@each_file
def test_actions_are_pinned_by_digest(file: Path) -> None:
    """A tag can be moved by whoever takes over an action. The version stands beside the digest, for who updates it."""
    used = re.findall(r"uses: (.*)", file.read_text(encoding="utf-8"))
    assert len(used) == sum("uses" in step for step in _steps(file))
    assert [] == [each for each in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)]


@each_file
def test_what_runs_is_in_the_repository(file: Path) -> None:
    """Each step is one command that can be run here too: a script, or a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for command in (step["run"] for step in _steps(file) if "run" in step):
        program, *arguments = command.split()
        assert "\n" not in command
        assert arguments[0] in targets if program == "make" else (ROOT / program).stat().st_mode & 0o100


@each_file
def test_only_the_job_that_publishes_may_write(file: Path) -> None:
    """The job that runs our code and its tools can read the repository, and nothing else."""
    whole = yaml.safe_load(file.read_text(encoding="utf-8"))["permissions"]
    may = {name: whole | job.get("permissions", {}) for name, job in _jobs(file).items()}
    written = {
        name: {what for what, right in rights.items() if right == "write"} for name, rights in may.items()
    }
    assert WRITES[file.name] == {name: rights for name, rights in written.items() if rights}


@each_file
def test_no_token_is_left_in_the_checkout(file: Path) -> None:
    """What a build runs could read it there."""
    checkouts = [step for step in _steps(file) if step.get("uses", "").startswith("actions/checkout@")]
    assert [False] * len(_jobs(file)) == [step["with"]["persist-credentials"] for step in checkouts]


@each_file
def test_nothing_that_others_write_is_expanded_into_a_shell(file: Path) -> None:
    """The name of a branch may hold a command; the environment is read by the shell as text."""
    assert [] == [step["run"] for step in _steps(file) if "${{" in step.get("run", "")]
