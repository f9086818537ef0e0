"""Beads that people wrote, on a repository with a history, to the last merge; and then again, to see that nothing happens."""

import os
import subprocess
import time
from pathlib import Path

import ondisk
import pytest

from crds import Convoy, Rig
from workflows.beads import NOT_WORK, Bead, read_beads
from workflows.labels import BEADS_FILE
from workflows.local.home import Home
from workflows.local.town import LocalTown
from workflows.names import BeadId
from workflows.observe import BeadObservation, Stage

BEADS = Path(__file__).parents[2].parent / "shared" / "data" / "beads-issues.jsonl"
REPOSITORY = os.environ.get("GASTOWN_TEST_REPOSITORY")
HISTORY = 1_200
SAMPLE = 1 if os.environ.get("GASTOWN_TEST_WHOLE") else 6
"""Of so many beads one is worked: `make test-whole` works all of them, more than one Workflow takes."""
PATIENCE = 1_500 if REPOSITORY else 150
"""Seconds. A real repository has thousands of files, and every polecat checks them out."""

AGENT = 'branch=$(git branch --show-current) && mkdir -p done && echo "$branch" > "done/${branch#polecat/}" && git add done && git commit -qm "Work on $branch"'


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A bare repository of more than a thousand commits; `GASTOWN_TEST_REPOSITORY` names a real one to clone instead."""
    place = tmp_path / "origin.git"
    if REPOSITORY:
        subprocess.run(
            ["git", "clone", "-q", "--bare", "--single-branch", REPOSITORY, str(place)], check=True
        )
        subprocess.run(["git", "-C", str(place), "branch", "-M", "main"], check=True)
    else:
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(place)], check=True)
        subprocess.run(
            ["git", "-C", str(place), "fast-import", "--quiet"], check=True, input=_history().encode()
        )
    ondisk.uncollected(place)
    return place


def _history() -> str:
    lines = []
    for number in range(1, HISTORY + 1):
        text = f"line {number}\n"
        lines.append(
            f"commit refs/heads/main\nmark :{number}\ncommitter Tester <tester@example.org> {1_600_000_000 + number} +0000\n"
            f"data <<END\nCommit {number}\nEND\n{f'from :{number - 1}' if number > 1 else ''}\n"
            f"M 100644 inline src/file{number % 20}.txt\ndata {len(text)}\n{text}\n"
        )
    return "".join(lines)


@pytest.mark.skipif(not BEADS.exists(), reason="the real beads are not on this machine (../shared/data)")
@pytest.mark.timeout(PATIENCE + 20)
@pytest.mark.slow
def test_open_beads_are_merged_once_each_in_order(
    origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every planned bead is one commit on the target, after all that it depends on; a second convoy run adds none."""
    beads = read_beads(BEADS)
    planned = [bead for bead in beads.values() if bead.open and bead.issue_type not in NOT_WORK][::SAMPLE]
    before = int(_git(origin, "rev-list", "--count", "main"))
    assert before > 1_000

    _run(tmp_path / "town", origin, planned, monkeypatch)

    merged = _merged(origin)
    assert {bead.id for bead in planned} == set(merged)
    assert len(planned) == len(merged)
    assert before + len(planned) == int(_git(origin, "rev-list", "--count", "main"))
    position = {bead: index for index, bead in enumerate(merged)}
    for bead in planned:
        assert all(position[other] < position[bead.id] for other in bead.waits_for if other in position)
    head = _git(origin, "rev-parse", "main")
    assert "" == _git(origin, "for-each-ref", "refs/gastown/queue")

    _run(tmp_path / "town", origin, planned, monkeypatch)

    assert head == _git(origin, "rev-parse", "main")


def _run(home: Path, origin: Path, planned: list[Bead], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GASTOWN_HOME", str(home))
    town = LocalTown(Home.of_user())
    rig = {"gitURL": str(origin), "beadsPrefix": "bd", "baseBranch": "main"}
    annotations = {BEADS_FILE: str(BEADS)}
    town.rigs.create(
        Rig.model_validate({"metadata": {"name": "beads", "annotations": annotations}, "spec": rig})
    )
    spec = {
        "description": "open beads",
        "rigRef": "beads",
        "trackedBeads": [bead.id for bead in planned],
        "onOpenDependency": "Ignore",
        "parallelism": 4,
        "agent": "custom",
        "agentConfig": {"command": ["sh", "-c", AGENT]},
    }
    town.convoys.create(Convoy.model_validate({"metadata": {"name": "every-bead"}, "spec": spec}))
    town.convoys.start("every-bead")
    deadline = time.monotonic() + PATIENCE
    while town.convoys.get("every-bead").status.phase in ("Pending", "InProgress"):
        assert time.monotonic() < deadline, town.convoys.get("every-bead").status.progress
        time.sleep(0.5)
    status = town.convoys.get("every-bead").status
    assert "Complete" == status.phase, [(bead.bead, bead.message) for bead in _failed(town)]


def _failed(town: LocalTown) -> list[BeadObservation]:
    return [
        bead
        for each in town.convoys.observed.of_convoy("every-bead")
        for bead in each.beads
        if bead.stage is Stage.FAILED
    ]


def _merged(origin: Path) -> list[BeadId]:
    """Beads in the order in which the target carries them, from each commit's trailer."""
    trailers = _git(
        origin, "log", "--reverse", "--format=%(trailers:key=Gastown-Bead,valueonly,separator=)", "main"
    )
    return [BeadId(line) for line in trailers.splitlines() if line]


def _git(repository: Path, *arguments: str) -> str:
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
