"""A small town on disk: a bare repository, orders as compile writes them, and the steps, as forks or as programs of their own."""

import datetime
import shutil
import subprocess
import time

import pytest
from ondisk import STEPS, Ordered, Ran, forking

from workflows.orders import AgentOrders, TaskOrders
from workflows.steps.clone.handover import Handover
from workflows.steps.courier.listener import Listener
from workflows.steps.pod.environment import Pod
from workflows.steps.pod.ledger import State
from workflows.steps.pod.workspace import Workspace
from workflows.steps.wall.door import Folder
from workflows.steps.wall.sighting import ASKED, SIGHTING

DEADLINE = 60.0
SHELLS = {"sh": ("sh",), "bash": ("bash", "--posix"), "busybox": ("busybox", "sh")}
"""Shells that an agent's image may have: Debian's, that of most workstations, Alpine's."""
SEEN_BY_A_COURIER = ("PYTHONPATH", "GASTOWN_WORKSPACE", "GASTOWN_SILENCE")


class Town(Ordered):
    """One rig with its repository; every bead has a workspace of its own."""

    def __init__(self, root, programs):
        super().__init__(root, programs, readme="one\ntwo\nthree\n")
        self.couriers = {}
        self.beside_path = self.environ["PATH"]
        self.orders()

    def commit(self, subject, files, *, branch="main"):
        """Push one commit by a person to a branch of the repository."""
        return super().commit(subject, files, branch=branch)

    def orders(self, *, agent=None, **changes):
        """Write the train's orders."""
        fake = AgentOrders(**{"name": "fake", "command": ("true",), **(agent or {})})
        key_for = changes.get("repository", str(self.origin))
        self.write_train(**{"key_for": key_for, "agent": fake, **changes})

    def script(self, text, agent=None, **changes):
        """Make the agent a shell script."""
        self.orders(agent={"command": ("sh", "-c", text, "agent", "{prompt}"), **(agent or {})}, **changes)

    def bead(self, bead="gt-1", **changes):
        """Write the orders of one bead, whose task is named like it."""
        self.write_task(bead, **changes)
        return bead

    def workspace(self, bead="gt-1"):
        """Where the containers of one bead's pod meet."""
        return self.root / "work" / bead

    def command(self, bead, mode, more):
        """The environment of one container."""
        workspace = self.workspace(bead)
        workspace.mkdir(parents=True, exist_ok=True)
        told = {"GASTOWN_BEAD": bead, "GASTOWN_MODE": mode, "GASTOWN_WORKSPACE": str(workspace)}
        return {**self.environ, **told, **more}

    def beside(self, bead, environ):
        """Start the courier of a pod whose `main` is about to start, and tell `main`; that of an earlier pod is gone by then."""
        if earlier := self.couriers.pop(bead, None):
            earlier.kill()
        handover = Pod.of(environ).handover
        environ["GASTOWN_HANDOVER"] = str(handover)
        for name in (SIGHTING, ASKED):
            (handover / name).unlink(missing_ok=True)
        given = {key: environ[key] for key in SEEN_BY_A_COURIER if key in environ}
        self.couriers[bead] = self.programs.start(
            "workflows.steps",
            ("courier",),
            directory=self.workspace(bead),
            environ={**given, "GASTOWN_HANDOVER": str(handover), "PATH": self.beside_path},
        )

    def start(self, *words, bead="gt-1", mode="work", alone=False, **more):
        """Start a program in the pod of a bead; `main` that is alone starts its courier itself."""
        environ = self.command(bead, mode, more)
        if words[-1] == "publish" and not alone:
            self.beside(bead, environ)
        return subprocess.Popen(
            words,
            env=environ,
            cwd=self.workspace(bead),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def step(self, *verb, bead="gt-1", mode="work", **more):
        """Run one step to its end."""
        environ = self.command(bead, mode, more)
        if verb == ("publish",):
            self.beside(bead, environ)
        return self.programs.run(
            "workflows.steps", verb, directory=self.workspace(bead), environ=environ, seconds=DEADLINE
        )

    def hand_over(self, bead="gt-1"):
        """Lay what the launcher needs, as clone does, without a clone."""
        task = TaskOrders.load(self.tasks, bead)
        workspace = Workspace(self.workspace(bead))
        for each in (workspace.repo, workspace.run):
            each.mkdir(parents=True, exist_ok=True)
        told = {
            "task": bead,
            "bead": bead,
            "convoy": "cv",
            "mode": "work",
            "branch": task.branch,
            "base": "main",
        }
        Handover(workspace, self.train, task, State(**told, base_sha="", start_sha="")).lay()
        (workspace.run / "guarded").touch()

    def launch(self, bead="gt-1", shell=("sh",), *, listening=True, **more):
        """Run the agent's launcher to its end, and take what it recorded."""
        run = self.workspace(bead) / "run"
        (run / "guarded").touch()
        launcher = self.start(*shell, str(run / "launch"), bead=bead, **more)
        if listening:
            self.listen(launcher, bead)
        done = finished(launcher)
        self.shown = done.out
        assert done.code == 0, done.err
        ended = run / "ended"
        return (
            dict(line.partition("=")[::2] for line in ended.read_text().splitlines())
            if ended.exists()
            else {}
        )

    def listen(self, launcher, bead="gt-1"):
        """Sit beside a launcher until it ends, as the container does that watches it."""
        deadline = time.monotonic() + DEADLINE
        with Folder.at(self.workspace(bead) / "run") as run:
            listener = Listener(run, self.train.agent, clock=lambda: datetime.datetime.now(datetime.UTC))
            while launcher.poll() is None and time.monotonic() < deadline:
                listener.look()
                time.sleep(0.02)

    def polecat(self, bead="gt-1", mode="work"):
        """Run a whole polecat: clone, agent, publish."""
        cloned = self.step("clone", bead=bead, mode=mode)
        if cloned.code:
            return cloned
        self.launch(bead)
        return self.step("publish", bead=bead, mode=mode)

    def output(self, name, bead="gt-1"):
        """One output parameter of the last step."""
        return (self.workspace(bead) / "out" / name).read_text()

    def show(self, ref, path):
        """A file's content on a ref."""
        return self.git("show", f"{ref}:{path}")

    def subjects(self, ref="main"):
        """The subjects of a branch, newest first."""
        return self.git("log", "--format=%s", ref).splitlines()


def finished(process):
    """Wait for a program, but not for ever."""
    out, err = process.communicate(timeout=DEADLINE)
    return Ran(process.returncode, out, err)


programs = forking(*STEPS)


@pytest.fixture
def town(tmp_path, programs):
    """A fresh town with one bead."""
    made = Town(tmp_path, programs)
    made.bead()
    yield made
    for each in made.couriers.values():
        each.kill()


@pytest.fixture(params=SHELLS)
def shell(request):
    """Each of the shells in its turn; one that this machine lacks is skipped, whatever machine it is."""
    if not shutil.which(SHELLS[request.param][0]):
        pytest.skip(f"this machine has no {request.param}")
    return SHELLS[request.param]


@pytest.fixture
def until():
    """Wait for a condition, with a deadline, and take its value."""

    def wait(condition):
        end = time.monotonic() + DEADLINE
        while not (value := condition()):
            assert time.monotonic() < end, "the condition never came true"
            time.sleep(0.01)
        return value

    return wait
