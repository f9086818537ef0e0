"""Small Workflows of Argo's form, a clock that is told the time, and a town over a real repository."""

import contextlib
import datetime
import subprocess
import sys
import time

import ondisk
import psutil
import pytest

from crds import Convoy, Rig
from workflows.local.engine.engine import Engine
from workflows.local.engine.interface import PodEnd
from workflows.local.engine.nodes import Tree
from workflows.local.home import Home
from workflows.local.logins import Logins
from workflows.local.processes.semaphores import FileLocks
from workflows.local.town import LocalTown


class Clock:
    """Stands still until it is moved."""

    def __init__(self):
        self.now = datetime.datetime(2026, 3, 1, 10, tzinfo=datetime.UTC)

    def __call__(self):
        """Give the time."""
        return self.now

    def pass_(self, seconds):
        """Let time go by."""
        self.now += datetime.timedelta(seconds=seconds)


def task(name, template, depends="", **arguments):
    """A task of a graph."""
    told = {"name": name, "template": template}
    told |= {"depends": depends} if depends else {}
    parameters = [{"name": key, "value": value} for key, value in arguments.items()]
    return told | ({"arguments": {"parameters": parameters}} if parameters else {})


def dag(name, *tasks, **more):
    """A graph; its tasks may use a parameter `bead`."""
    return {
        "name": name,
        "dag": {"tasks": list(tasks)},
        "inputs": {"parameters": [{"name": "bead", "value": ""}]},
    } | more


def pod(name, container=None, *, retries=None, **more):
    """A container template; `retries` is the limit of a retryStrategy like that of compiled Workflows."""
    told = {
        "name": name,
        "container": container or {"command": ["true"]},
        "inputs": {"parameters": [{"name": "bead", "value": ""}]},
    }
    if retries is not None:
        told["retryStrategy"] = {
            "limit": str(retries),
            "retryPolicy": "Always",
            "expression": "lastRetry.exitCode not in ['0', '10', '22']",
            "backoff": {"duration": "2s", "factor": "3"},
        }
    return told | more


def graph(edges, template="work", **more):
    """The entrypoint over `{task: [tasks it waits for]}`."""
    tasks = [task(name, template, " && ".join(needs), bead=name) for name, needs in edges.items()]
    return dag("convoy", *tasks, **more)


def workflow(*templates, name="c-1", **spec):
    """A Workflow of these templates; the first is its entrypoint."""
    labels = {"gastown.io/convoy": "c", "gastown.io/rig": "app"}
    told = {"entrypoint": templates[0]["name"], "templates": list(templates)} | spec
    return {"metadata": {"name": name, "labels": labels}, "spec": told}


class Run:
    """An engine whose pods end as the test says. What it started and not ended yet is in `going`."""

    def __init__(self, manifest, directory, clock, *, nodes=(), limits=None):
        self.clock = clock
        self.locks = FileLocks(directory, lambda name, _key: (limits or {}).get(name))
        self.tree = Tree(manifest["metadata"]["name"], nodes, clock)
        self.engine = Engine(manifest, self.tree, locks=self.locks, clock=clock)
        self.going = []
        self.started = []

    def advance(self):
        """Start what can start; the names of those pods, without the Workflow's."""
        fresh = [start.node.partition(".")[2] for start in self.engine.advance()]
        self.going += fresh
        self.started += fresh
        return fresh

    def end(self, node, code=0, message="", **outputs):
        """A pod ends, and the engine goes on."""
        self.going.remove(node)
        self.engine.ended(f"{self.tree.workflow}.{node}", PodEnd(code=code, message=message, outputs=outputs))
        return self.advance()

    def phase(self, node=""):
        """The phase of a node by its path, None where there is none."""
        found = self.tree.get(f"{self.tree.workflow}.{node}" if node else self.tree.workflow)
        return found["phase"] if found else None

    def message(self, node):
        """What a node says."""
        return self.tree.get(f"{self.tree.workflow}.{node}").get("message")


@pytest.fixture
def clock():
    """A clock that stands still."""
    return Clock()


@pytest.fixture
def run(tmp_path, clock):
    """Begins a run of a Workflow."""
    return lambda manifest, **more: Run(manifest, tmp_path / "locks", clock, **more)


@pytest.fixture(scope="session")
def begin():
    """Begins a run over a directory of locks and nodes that were stored."""
    return lambda manifest, directory, nodes=(): Run(manifest, directory, Clock(), nodes=nodes)


@pytest.fixture(scope="session")
def make():
    """The makers of Workflows: `workflow`, `graph`, `dag`, `pod`, `task`."""

    class Make:
        workflow = staticmethod(workflow)
        graph = staticmethod(graph)
        dag = staticmethod(dag)
        pod = staticmethod(pod)
        task = staticmethod(task)

    return Make


class Town:
    """A town over one repository, driven as the command line drives it: convoys run in the background, agents are sh."""

    def __init__(self, root):
        self.root = root
        self.origin = root / "origin.git"
        self.seed = root / "seed"
        self.home = Home(root / "home")
        self.local = LocalTown(self.home)
        self.git("init", "-q", "--bare", "-b", "main", str(self.origin), at=root)
        ondisk.uncollected(self.origin)
        self.git("init", "-q", "-b", "main", str(self.seed), at=root)
        self.commit("README", "hello\n")
        self.rigged = False

    def script(self, text):
        """An agent's command that runs a script over the file with its prompt, after noting that its bead was worked; `{root}` is the town."""
        noted = f'echo x >> "{{root}}/ran.$GASTOWN_BEAD"; {text}'
        return ["sh", "-c", noted.replace("{root}", str(self.root)), "sh", "{prompt_file}"]

    def ran(self, bead):
        """How often such an agent worked a bead."""
        return len((self.root / f"ran.{bead}").read_text().splitlines())

    def git(self, *arguments, at=None):
        """Run git in the repository, or elsewhere."""
        done = subprocess.run(
            ["git", *arguments], cwd=at or self.origin, capture_output=True, text=True, check=False
        )
        assert not done.returncode, done.stderr
        return done.stdout.strip()

    def commit(self, file, text):
        """Push one commit by a person."""
        (self.seed / file).write_text(text)
        self.git("add", "-A", at=self.seed)
        self.git(
            "-c",
            "user.name=P",
            "-c",
            "user.email=p@example.org",
            "commit",
            "-qm",
            f"Write {file}",
            at=self.seed,
        )
        self.git("push", "-q", str(self.origin), "HEAD:main", at=self.seed)

    def rig(self, repository=None, **spec):
        """Make the rig `app`."""
        told = {"gitURL": str(repository or self.origin), "beadsPrefix": "ap"} | spec
        self.rigged = True
        return self.local.rigs.create(Rig.model_validate({"metadata": {"name": "app"}, "spec": told}))

    def convoy(self, edges, script, name="c", **spec):
        """Make and start a convoy of inline beads `{id: [ids]}`; `script` is what its agent runs, or a command as a list."""
        if not self.rigged:
            self.rig()
        beads = [{"id": bead, "title": f"Do {bead}", "dependsOn": needs} for bead, needs in edges.items()]
        command = script if isinstance(script, list) else ["sh", "-c", script]
        config = ({"command": command} if command else {}) | spec.pop("agentConfig", {})
        told = {
            "description": "d",
            "rigRef": "app",
            "beads": beads,
            "agent": "custom",
            "agentConfig": config,
        } | spec
        self.local.convoys.create(Convoy.model_validate({"metadata": {"name": name}, "spec": told}))
        self.local.convoys.start(name)
        return self

    @property
    def logins(self):
        """What the town knows of its agents' credentials."""
        return Logins(self.local.store)

    def until(self, condition, seconds=60, name="c"):
        """Wait for something to come about; where it does not, how the beads of a convoy stand."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.ends(name)
            time.sleep(0.05)

    def wait(self, name="c", seconds=60):
        """Wait for the end of a convoy; its status."""
        self.until(lambda: self.status(name).phase in ("Complete", "Failed"), seconds, name)
        return self.status(name)

    def status(self, name="c"):
        """A convoy's status."""
        return self.local.convoys.get(name).status

    def ends(self, name="c"):
        """How each bead ended: its reason and sentence, by its last attempt."""
        seen = self.local.convoys.observed.of_convoy(name)
        return {bead.bead: (bead.reason, bead.message) for each in seen for bead in each.beads}

    def merged(self):
        """The beads that the target holds, oldest first, from the trailers of its commits."""
        found = self.git(
            "log", "--reverse", "--format=%(trailers:key=Gastown-Bead,valueonly,separator=)", "main"
        )
        return [line for line in found.splitlines() if line]

    def head(self):
        """The target's head."""
        return self.git("rev-parse", "main")

    def queue(self):
        """What is left in the merge queue."""
        return self.git("for-each-ref", "--format=%(refname)", "refs/gastown/queue")

    def processes(self):
        """Everything that runs for this town: runners by their home, containers by their mark. A zombie has no environment to tell it."""
        return [each for each in psutil.process_iter() if _belongs(each, str(self.home.root))]

    def running(self):
        """What runs of the town by its name: the watch, runners by their convoys, and the programs of their pods."""
        found = []
        for process in self.processes():
            with contextlib.suppress(psutil.Error):  # it ended meanwhile
                _, runner, words = " ".join(process.cmdline()).partition(" workflows.local")
                found.append((words.split() or ["the watch"])[0] if runner else process.name())
        return found

    def kill(self):
        """KILL to all of it, without warning. Runners first: one that lives to see its containers die counts that as an attempt."""
        for process in sorted(self.processes(), key=_is_container):
            with contextlib.suppress(psutil.Error):
                process.kill()


def _is_container(process):
    with contextlib.suppress(psutil.Error, OSError):
        return "GASTOWN_POD" in process.environ()
    return True


def _belongs(process, home):
    try:
        told = process.environ()
    except (psutil.Error, OSError):
        return False
    return told.get("GASTOWN_HOME") == home or told.get("GASTOWN_POD", "").startswith(f"{home}:")


programs = ondisk.forking(*ondisk.COMMANDS)


@pytest.fixture
def runners(programs, monkeypatch):
    """Runners that start as forks."""
    monkeypatch.setattr(sys, "executable", programs.warm)


@pytest.fixture
def town(tmp_path, monkeypatch, runners):  # noqa: ARG001 - how they start
    """A town; nothing of it outlives the test. The user's own git settings stay out of it."""
    (tmp_path / "gitconfig").write_text(ondisk.UNCOLLECTED)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    made = Town(tmp_path)
    yield made
    while made.processes():
        made.kill()
    made.local.store.close()
