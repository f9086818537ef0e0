"""`observe`: what one Workflow says about its beads."""

import dataclasses
import datetime
from collections.abc import Mapping

from crds import Manifest
from workflows import labels
from workflows.clean import plain
from workflows.names import WorkflowName
from workflows.observe import nodes as reading
from workflows.observe.bead import BeadObservation, observe_bead
from workflows.observe.delivery import Delivery
from workflows.observe.graphs import BeadGraph, bead_graphs
from workflows.observe.reasons import Stage
from workflows.shape import CONVOY


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One Workflow, decoded. `known` is False where its nodes are stored out of reach: then nothing is said of its beads."""

    workflow: WorkflowName
    convoy: str
    rig: str
    attempt: int
    phase: str
    message: str
    known: bool
    ended: bool
    started: datetime.datetime | None
    finished: datetime.datetime | None
    beads: tuple[BeadObservation, ...]


def observe(workflow: Manifest) -> Observation:
    """Decode a Workflow of ours. Never raises for any state that Argo can leave it in; an unknown field is passed over."""
    metadata, spec = workflow["metadata"], workflow["spec"]
    status = workflow.get("status") or {}
    nodes = reading.nodes_by_name(status)
    own = metadata.get("labels") or {}
    ended = own.get("workflows.argoproj.io/completed") == "true"
    return Observation(
        workflow=WorkflowName(metadata["name"]),
        convoy=own.get(labels.CONVOY, ""),
        rig=own.get(labels.RIG, ""),
        attempt=reading.whole(own.get(labels.ATTEMPT, "")) or 0,
        phase=str(status.get("phase") or "Pending"),
        message=plain(str(status.get("message") or "")),
        known=nodes is not None,
        ended=ended,
        started=reading.moment(status, "startedAt"),
        finished=reading.moment(status, "finishedAt"),
        beads=_beads(workflow, spec, nodes) if nodes is not None else (),
    )


def _beads(workflow: Manifest, spec: Manifest, nodes: Mapping[str, Manifest]) -> tuple[BeadObservation, ...]:
    root = workflow["metadata"]["name"]
    over = bool((workflow.get("status") or {}).get("finishedAt"))
    held = (workflow["metadata"].get("labels") or {}).get(labels.HELD) == "true"
    graphs = bead_graphs(spec)
    limit = next(
        (each.get("parallelism") for each in spec.get("templates") or () if each["name"] == CONVOY), None
    )
    started = [nodes[name] for each in graphs if (name := f"{root}.{each.task}") in nodes]
    full = limit if limit and sum(not reading.ended(node) for node in started) >= limit else None
    found: dict[str, BeadObservation] = {}
    # Tasks stand in an order in which each comes after what it needs, so a bead's sentence can say how those are.
    for graph in graphs:
        delivery = Delivery(nodes, root, graph, over=over, held=held)
        waits = _why_waiting(graph, found, full)
        found[graph.task] = observe_bead(delivery, workflow=workflow, waits=waits)
    return tuple(found.values())


def _why_waiting(graph: BeadGraph, found: Mapping[str, BeadObservation], full: int | None) -> str:
    """The sentence for a bead that has not started; `full` is the convoy's limit where that is reached."""
    needs = [found[name] for name in graph.needs if name in found]
    broken = [need for need in needs if need.stage is Stage.FAILED]
    if broken:
        return f"cannot start: {_row([need.bead for need in broken])} failed"
    awaited = [need for need in needs if need.stage is not Stage.DONE]
    if awaited:
        return f"waits for {_row([f'{need.bead} ({need.stage})' for need in awaited])}"
    return f"ready; waits until fewer than {full} beads are under way" if full else "ready to start"


def _row(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
