"""Where a pod's `main` is another user than the agent, as in a cluster: each reads what it needs, and no more is open than that."""

import concurrent.futures
import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest
from ondisk import STEPS, Programs

from workflows.orders import Gate

AGENT, MAIN, GROUP = 65532, 65533, 65532
USED = (
    "ctypes",
    "encodings.ascii",
    "encodings.idna",
    "workflows.steps.courier.step",
    "workflows.steps.pod.ledger",
    "workflows.steps.wall.keyless",
)


@pytest.fixture
def programs():
    """Steps whose every module is loaded before they become another user, who may not read this machine's Python."""
    if os.geteuid():
        pytest.skip("becoming other users needs root")
    if not all(folder.stat().st_mode & stat.S_IXOTH for folder in Path(__file__).parents):
        pytest.skip("this checkout lies where other users may not go")
    with Programs(*STEPS, *USED) as running:
        yield running


@pytest.fixture
def tmp_path():
    """A place that any user can reach."""
    place = Path(tempfile.mkdtemp(dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))
    yield place
    shutil.rmtree(place)


@pytest.fixture
def pod(town, programs):
    """The volumes of a pod, each with the group of all its containers, and the repository of a server that anybody may write to."""
    town.root.chmod(0o755)
    for each in ("work", "handover", "private", "out"):
        place = town.root / "pod" / each
        place.mkdir(parents=True)
        os.chown(place, 0, GROUP)
        place.chmod(0o2770)
    for directory, _, files in os.walk(town.origin):
        for path in (Path(directory), *(Path(directory, name) for name in files)):
            path.chmod(path.stat().st_mode | 0o7 | (0o70 if path.is_dir() else 0o60))
    town.git("config", "core.sharedRepository", "world")
    town.git(
        "config", "--global", "safe.directory", "*"
    )  # a server on this machine would refuse; it runs with our settings

    return Pod(town, programs)


class Pod:
    """Runs the containers of one pod, each as its user."""

    def __init__(self, town, programs):
        self.town, self.programs = town, programs
        self.work = town.root / "pod" / "work"
        folders = {"WORKSPACE": "work", "HANDOVER": "handover/pod", "PRIVATE": "private", "OUT": "out"}
        self.environ = town.environ | {
            **{f"GASTOWN_{name}": str(town.root / "pod" / place) for name, place in folders.items()},
            "GASTOWN_TERMINATION_LOG": "",
            "GASTOWN_USERS": "apart",
            "GASTOWN_BEAD": "gt-1",
            "GASTOWN_MODE": "work",
            "HOME": str(self.work),
        }

    def step(self, user, *verb):
        """One container of ours."""
        return self.programs.run(
            "workflows.steps",
            verb,
            directory=self.town.root,
            environ=self.environ,
            seconds=60,
            user=(user, GROUP),
        )

    def polecat(self):
        """All containers in their order; how `main` ended."""
        cloned = self.step(AGENT, "clone")
        assert cloned.code == 0, cloned.err
        launch = ("sh", str(self.work / "run" / "launch"))
        with (
            subprocess.Popen(launch, env=self.environ, user=AGENT, group=GROUP, extra_groups=[]),
            concurrent.futures.ThreadPoolExecutor() as pool,
        ):
            courier = pool.submit(self.step, AGENT, "courier")
            main = self.step(MAIN, "publish")
            assert courier.result().code == 0, courier.result().err
        return main


def test_main_pushes_what_the_agents_user_made(town, pod):
    """Clone, agent and courier are one user, who owns the workspace; `main` is another of the same group. What is run twice is no trouble."""
    town.script(
        "umask 077; id -u > who; git add who; git commit -q -m work; echo later > later", push_interval=0
    )
    for _ in range(2):
        main = pod.polecat()
        assert main.code == 0, main.err
        assert str(AGENT) == town.show("polecat/gt-1", "who")
        assert "later" == town.show("polecat/gt-1", "later")
        owners = {path.stat().st_uid for path in (town.root / "pod" / "out").iterdir()}
        assert {MAIN} == owners


def test_what_main_keeps_is_closed_to_the_world(town, pod):
    """Folders that its containers share are open to their group alone."""
    town.script("true")
    assert pod.step(AGENT, "clone").code == 0
    shared = [town.root / "pod" / "handover" / "pod"]
    assert [0o770] == [stat.S_IMODE(path.stat().st_mode) & 0o777 for path in shared]


def test_main_merges_what_the_gates_user_tried(town, pod):
    """Gates run what agents wrote, as the agents' user; `main` takes names from them, and is the one that pushes."""
    gates = (Gate(name="who", command='test "$(id -u)" = 65532 && test -f work', timeout=20),)
    town.script("echo 1 > work", push_interval=0, gates=gates)
    assert pod.polecat().code == 0
    for user, phase in ((AGENT, "prepare"), (AGENT, "gates"), (MAIN, "push")):
        done = pod.step(user, "merge", phase)
        assert done.code == 0, done.err
    assert "1" == town.show("main", "work")
