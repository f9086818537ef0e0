"""Small Workflows of Argo's form, a clock that is told the time, and a town over a real repository."""

import datetime

import pytest

from workflows.local.engine import Engine, PodEnd
from workflows.local.locks import FileLocks
from workflows.local.nodes import Tree

OUTCOME = "{{tasks.merge.outputs.parameters.outcome}} == conflict"


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


def task(name, template, depends="", when="", **arguments):
    """A task of a graph."""
    told = {"name": name, "template": template}
    told |= {"depends": depends} if depends else {}
    told |= {"when": when} if when else {}
    parameters = [{"name": key, "value": value} for key, value in arguments.items()]
    return told | ({"arguments": {"parameters": parameters}} if parameters else {})


def dag(name, *tasks, **more):
    """A graph; its tasks may use a parameter `bead`."""
    return {
        "name": name,
        "dag": {"tasks": list(tasks)},
        "inputs": {"parameters": [{"name": "bead", "value": ""}]},
    } | more


def pod(name, *containers, retries=None, **more):
    """A containerSet; `retries` is the limit of a retryStrategy like that of compiled Workflows."""
    told = {
        "name": name,
        "containerSet": {"containers": list(containers)},
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
        outcome = OUTCOME

    return Make
