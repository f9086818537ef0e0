"""Nodes of Workflows as Argo's controller writes them, each to be known again in the status of the Polecat that answers them."""

import datetime
from typing import Any

BEGIN = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
_SHA = "0123456789abcdef0123456789abcdef01234567"

Nodes = dict[str, dict[str, Any]]


def mark(number: int) -> str:
    """A time of start that stands for the `number`th change; later ones are greater."""
    return (BEGIN + datetime.timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ")


def under_way(workflow: str, task: str, *, number: int) -> Nodes:
    """A bead whose polecat runs since then."""
    node = {"phase": "Running", "startedAt": mark(number), "templateName": "polecat"}
    base = f"{workflow}.{task}"
    kinds = {base: "DAG", f"{base}.{task}-work": "Retry", f"{base}.{task}-work(0)": "Pod"}
    return {_ident(workflow, name): {**node, **_named(workflow, name, kind)} for name, kind in kinds.items()}


def merged(workflow: str, task: str, *, number: int) -> Nodes:
    """A bead that is worked and merged, with everything that its steps put out."""
    done = {
        "phase": "Succeeded",
        "startedAt": mark(number),
        "finishedAt": mark(number + 60),
        "progress": "1/1",
    }
    base = f"{workflow}.{task}"
    work = {"branch": f"polecat/{task}", "sha": _SHA, "base": _SHA, "commits": "2", "files": "5"}
    told = {"reason": "Completed", "summary": "what was asked for " * 12, "tokens": "51000", "cost": "0.42"}
    landed = {"outcome": "merged", "sha": _SHA, "reason": "Completed", "summary": "merged"}
    outputs = {
        f"{base}.{task}-work": work | told,
        f"{base}.{task}-work(0)": work | told,
        f"{base}.{task}-merge": landed,
        f"{base}.{task}-merge(0)": landed,
    }
    kinds = {
        base: "DAG",
        f"{base}.{task}-work": "Retry",
        f"{base}.{task}-work(0)": "Pod",
        f"{base}.{task}-merge": "Retry",
        f"{base}.{task}-merge(0)": "Pod",
    }
    found: Nodes = {}
    for name, kind in kinds.items():
        parameters = [{"name": key, "value": value} for key, value in outputs.get(name, {}).items()]
        put_out = {"outputs": {"exitCode": "0", "parameters": parameters}} if parameters else {}
        found[_ident(workflow, name)] = {**done, **_named(workflow, name, kind), **put_out}
    return found


def status(workflow: str, nodes: Nodes) -> dict[str, Any]:
    """The status of a running Workflow with these nodes."""
    root = {**_named(workflow, workflow, "DAG"), "phase": "Running", "startedAt": mark(0)}
    return {"phase": "Running", "startedAt": mark(0), "nodes": {workflow: root, **nodes}}


def _named(workflow: str, name: str, kind: str) -> dict[str, str]:
    return {"id": _ident(workflow, name), "name": name, "displayName": name, "type": kind}


def _ident(workflow: str, name: str) -> str:
    return f"{workflow}-{sum(map(ord, name)) * 7919 + len(name)}-{name[-24:].replace('.', '-').strip('()')}"
