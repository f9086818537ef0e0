"""Which nodes of a Workflow are a bead's, in the shape that this version compiles and in those of earlier versions."""

import dataclasses
from collections.abc import Iterator, Mapping

from crds import Manifest
from workflows.names import BeadId, TaskName
from workflows.observe.nodes import LEFT_OUT
from workflows.shape import CONVOY, MERGE, again_task, look_task, merge_task, review_task, work_task

DELIVER, LAND = "deliver", "land"
"""Templates of version 0.1, whose beads shared one graph: `<bead>.polecat`, `<bead>.land.merge`, `….land.resolve`, `….land.again.merge`."""


@dataclasses.dataclass(frozen=True, slots=True)
class Round:
    """The nodes of one round: an agent's run or a wait for people, and the merge after it."""

    work: str
    merge: str
    review: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BeadGraph:
    """One bead of a Workflow. `needs` are the tasks that it waits for, `merges` is whether the refinery is to merge it."""

    bead: BeadId
    task: TaskName
    needs: tuple[str, ...]
    merges: bool
    shared: bool = False

    def rounds(self, nodes: Mapping[str, Manifest], root: str) -> Iterator[Round]:
        """The rounds that began; the first one in any case."""
        return (
            self._shared(nodes, f"{root}.{self.task}")
            if self.shared
            else self._own(nodes, f"{root}.{self.task}")
        )

    def _own(self, nodes: Mapping[str, Manifest], graph: str) -> Iterator[Round]:
        while True:
            work, merge, review = (each(self.task) for each in (work_task, merge_task, review_task))
            yield Round(f"{graph}.{work}", f"{graph}.{merge}", f"{graph}.{review}")
            later = [f"{graph}.{each(self.task)}" for each in (look_task, again_task)]
            there = [each for each in later if each in nodes]
            # Where both are there, one of them was left out.
            there.sort(key=lambda each: nodes[each].get("phase") in LEFT_OUT)
            if not there:
                return
            graph = there[0]

    def _shared(self, nodes: Mapping[str, Manifest], graph: str) -> Iterator[Round]:
        land = f"{graph}.{LAND}"
        yield Round(f"{graph}.polecat", f"{land}.merge")
        while f"{land}.resolve" in nodes:
            yield Round(f"{land}.resolve", f"{land}.again.merge")
            land = f"{land}.again"


def bead_graphs(spec: Manifest) -> tuple[BeadGraph, ...]:
    """The beads of a Workflow's spec, each after those that it needs; none where the Workflow is not of that kind."""
    templates = {template["name"]: template for template in spec.get("templates") or ()}
    tasks = templates.get(CONVOY, {}).get("dag", {}).get("tasks") or ()
    return tuple(_graph(task, templates) for task in tasks if _of(task) in templates)


def _of(task: Manifest) -> str:
    """The template of a task. One that names none was written before beads had graphs of their own."""
    return str(task.get("template", DELIVER))


def _graph(task: Manifest, templates: Mapping[str, Manifest]) -> BeadGraph:
    inner = templates[_of(task)]["dag"]["tasks"]
    shared = _of(task) == DELIVER
    told = (task if shared else inner[0])["arguments"]["parameters"]
    return BeadGraph(
        bead=BeadId(next(item["value"] for item in told if item["name"] == "bead")),
        task=TaskName(task["name"]),
        needs=tuple(task["depends"].split(" && ")) if task.get("depends") else (),
        merges=len(inner) > 1 or _of(inner[0]) == MERGE,
        shared=shared,
    )
