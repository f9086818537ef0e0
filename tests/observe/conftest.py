"""Workflows as Argo shows them, told node by node."""

import pytest

from crds import Convoy, Rig
from workflows.observe import Stage, observe

WORKED = {
    "branch": "polecat/x",
    "sha": "a" * 40,
    "base": "main",
    "commits": "2",
    "reason": "Completed",
    "summary": "did it",
}
RANK = {Stage.WAITING: 0, Stage.WORKING: 1, Stage.MERGING: 2, Stage.DONE: 3, Stage.FAILED: 3}
COMPLETED = "workflows.argoproj.io/completed"


class Story:
    """One Workflow; beads `a`, `b`, … with tasks of the same names. IDs and display names lie, as they may."""

    def __init__(self, edges, *, merges=True, name="c-1", attempt=0, parallelism=None):
        self.name = name
        convoy = {"name": "convoy", "dag": {"tasks": [_task(task, needs) for task, needs in edges.items()]}}
        self.manifest = {
            "metadata": {
                "name": name,
                "labels": {
                    "gastown.io/convoy": "c",
                    "gastown.io/rig": "app",
                    "gastown.io/attempt": str(attempt),
                },
            },
            "spec": {
                "templates": [
                    convoy | ({"parallelism": parallelism} if parallelism else {}),
                    *(_template(task, merges=merges) for task in edges),
                ]
            },
            "status": {
                "phase": "Running",
                "startedAt": "2026-03-01T10:00:00Z",
                "finishedAt": None,
                "nodes": {},
            },
        }

    def node(self, path, phase, message=None, /, *, kind="Pod", outputs=None, code=None, **fields):
        """Add a node `<workflow>.<path>`."""
        nodes = self.manifest["status"]["nodes"]
        told = {"name": f"{self.name}.{path}", "displayName": "misleading", "type": kind, "phase": phase}
        told |= {
            "startedAt": "2026-03-01T10:00:00Z",
            "finishedAt": "2026-03-01T10:05:00Z" if phase not in ("Running", "Pending") else None,
        }
        if message:
            told["message"] = message
        if outputs is not None or code is not None:
            told["outputs"] = {"parameters": [{"name": k, "value": v} for k, v in (outputs or {}).items()]}
            told["outputs"] |= {"exitCode": str(code)} if code is not None else {}
        nodes[f"{self.name}-{len(nodes)}"] = {"id": f"{self.name}-{len(nodes)}", **told, **fields}
        return self

    def began(self, task):
        """The bead's own graph is under way."""
        return self.node(task, "Running", kind="DAG")

    def worked(self, task, **outputs):
        """Its polecat has published."""
        self.node(f"{task}.{task}-work", "Succeeded", kind="Retry")
        return self.node(f"{task}.{task}-work(0)", "Succeeded", outputs=WORKED | outputs)

    def landed(self, task, *, sha="f" * 40):
        """The refinery has merged it."""
        self.node(f"{task}.{task}-merge", "Succeeded", kind="Retry")
        return self.node(f"{task}.{task}-merge(0)", "Succeeded", outputs={"outcome": "merged", "sha": sha})

    def done(self, task):
        """From work to target."""
        return self.node(task, "Succeeded", kind="DAG").worked(task).landed(task)

    def ended(self, phase="Succeeded", message=None):
        """The Workflow is over."""
        status = self.manifest["status"]
        status |= {"phase": phase, "finishedAt": "2026-03-01T11:00:00Z"} | (
            {"message": message} if message else {}
        )
        self.manifest["metadata"]["labels"][COMPLETED] = "true"
        return self

    def observe(self):
        """What `observe` says."""
        return observe(self.manifest)

    def bead(self, name="a"):
        """What it says of one bead."""
        return next(bead for bead in self.observe().beads if bead.bead == name)


def _task(name, needs):
    told = {"name": name, "template": name}
    return told | ({"depends": " && ".join(needs)} if needs else {})


def _template(name, *, merges):
    bead = {"parameters": [{"name": "bead", "value": name}]}
    tasks = [{"name": f"{name}-work", "template": "polecat", "arguments": bead}]
    if merges:
        tasks.append({"name": f"{name}-merge", "template": "merge", "arguments": bead})
        tasks.append({"name": f"{name}-again", "template": name})
    return {"name": name, "dag": {"tasks": tasks}}


def _convoy(beads, *, trains=None, attempt=0, **spec):
    planned = {"c-1" + (f"-r{attempt}" if attempt else ""): list(beads)} if trains is None else trains
    status = {
        "trains": [
            {"workflow": name, "beads": carried, "phase": "Omitted" if name.startswith("!") else ""}
            for name, carried in planned.items()
        ]
    }
    told = {"description": "d", "rigRef": "app", "trackedBeads": list(beads), "attempt": attempt} | spec
    return Convoy.model_validate({"metadata": {"name": "c"}, "spec": told, "status": status})


@pytest.fixture(scope="session")
def story():
    """Begins a Workflow of beads from `{id: [ids it waits for]}`."""
    return Story


@pytest.fixture(scope="session")
def convoy():
    """Makes a convoy whose plan is `trains`, `{workflow: [beads]}`; without it, one train."""
    return _convoy


@pytest.fixture(scope="session")
def rig():
    """The rig of all of them."""
    return Rig.model_validate(
        {
            "metadata": {"name": "app"},
            "spec": {"gitURL": "https://git.example.com/a.git", "beadsPrefix": "ap"},
        }
    )


def _went_on(before, after):
    for known, bead in zip(before.beads, after.beads, strict=True):
        assert (known.attempts, RANK[known.stage]) <= (bead.attempts, RANK[bead.stage])
        assert (known.cost or 0, known.conflicts) <= (bead.cost or 0, bead.conflicts)
        assert known.merged in ("", bead.merged)
        assert known.started in (None, bead.started)
        if known.stage is Stage.DONE or before.finished:
            assert (known.stage, known.reason, known.message) == (bead.stage, bead.reason, bead.message)


@pytest.fixture(scope="session")
def went_on():
    """Asserts of two observations that nothing went back: a stage falls with a new attempt only, an end stays."""
    return _went_on
