"""The graph of a convoy as text, as mermaid and as dot."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Text

from kubectl_gt.show.snapshot import SYMBOLS, Row, Snapshot
from kubectl_gt.town import Vertex
from workflows.clean import plain
from workflows.observe import Stage

DEEPEST = 12
"""Waves up to which a tree stays readable; a deeper graph is listed wave by wave."""

_COLOURS = {
    Stage.WAITING: "#e5e7eb",
    Stage.WORKING: "#bae6fd",
    Stage.MERGING: "#fde68a",
    Stage.DONE: "#bbf7d0",
    Stage.FAILED: "#fecaca",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Graph:
    """Vertices, each after what it needs, and how far each bead is."""

    vertices: tuple[Vertex, ...]
    rows: Mapping[str, Row]

    @classmethod
    def of(cls, vertices: Sequence[Vertex], snapshot: Snapshot) -> "Graph":
        """The graph of what the snapshot shows."""
        rows = {row.bead: row for row in snapshot.rows}
        shown = (vertex for vertex in vertices if vertex.bead in rows)
        return cls(
            tuple(
                dataclasses.replace(vertex, needs=tuple(need for need in vertex.needs if need in rows))
                for vertex in shown
            ),
            rows,
        )

    def stage(self, bead: str) -> Stage:
        """How far a bead is."""
        return self.rows[bead].stage

    def waves(self) -> dict[str, int]:
        """The longest chain of beads before each."""
        wave: dict[str, int] = {}
        for vertex in self.vertices:
            wave[vertex.bead] = max((wave[need] + 1 for need in vertex.needs), default=0)
        return wave

    def label(self, vertex: Vertex) -> str:
        """What stands for a bead: symbol, id, title."""
        return plain(f"{SYMBOLS[self.stage(vertex.bead)]} {vertex.bead}  {vertex.title}")


class Line(NamedTuple):
    """A bead in a drawing of text: what stands for it, what else it waits for, and its state."""

    label: str
    after: str
    stage: Stage

    @property
    def whole(self) -> str:
        """As a pipe gets it."""
        return self.label + self.after

    def fitting(self, width: int) -> str:
        """As a terminal of so many columns gets it: one row a bead, whose title is cut before the names of other beads are."""
        room = max(width - cell_len(self.after), width // 2)
        label = Text(self.label)
        label.truncate(room, overflow="ellipsis")
        line = Text(label.plain + self.after)
        line.truncate(width, overflow="ellipsis")
        return line.plain


def text(graph: Graph) -> list[Line]:
    """A line for each bead."""
    waves = graph.waves()
    return _tree(graph, waves) if max(waves.values(), default=0) < DEEPEST else _layers(graph, waves)


def _tree(graph: Graph, waves: Mapping[str, int]) -> list[Line]:
    """Each bead stands once, below the last of those it needs; the others are named beside it."""
    parents = {
        v.bead: max(v.needs, key=lambda need: (waves[need], need), default=None) for v in graph.vertices
    }
    children: dict[str | None, list[Vertex]] = {}
    for vertex in graph.vertices:
        children.setdefault(parents[vertex.bead], []).append(vertex)
    found = []
    pending = [(vertex, "", "") for vertex in reversed(children.get(None, []))]
    while pending:
        vertex, first, further = pending.pop()
        others = [need for need in vertex.needs if need != parents[vertex.bead]]
        after = f"   (also after {', '.join(others)})" if others else ""
        found.append(Line(first + graph.label(vertex), after, graph.stage(vertex.bead)))
        below = children.get(vertex.bead, [])
        for number, child in enumerate(reversed(below)):
            last = number == 0
            pending.append(
                (child, further + ("└─ " if last else "├─ "), further + ("   " if last else "│  "))
            )
    return found


def _layers(graph: Graph, waves: Mapping[str, int]) -> list[Line]:
    found = []
    for vertex in sorted(graph.vertices, key=lambda each: waves[each.bead]):
        after = f"   (after {', '.join(vertex.needs)})" if vertex.needs else ""
        label = f"{waves[vertex.bead] + 1:>4} {graph.label(vertex)}"
        found.append(Line(label, after, graph.stage(vertex.bead)))
    return found


def mermaid(graph: Graph) -> list[str]:
    """For a README or an issue."""
    ids = {vertex.bead: f"b{number}" for number, vertex in enumerate(graph.vertices)}
    found = ["flowchart TD"]
    for vertex in graph.vertices:
        label = _mermaid_text(graph.label(vertex))
        found.append(f'  {ids[vertex.bead]}["{label}"]:::{graph.stage(vertex.bead)}')
    found += [f"  {ids[need]} --> {ids[vertex.bead]}" for vertex, need in _edges(graph)]
    found += [f"  classDef {stage} fill:{colour},color:#111" for stage, colour in _COLOURS.items()]
    return found


def dot(graph: Graph) -> list[str]:
    """For graphviz."""
    found = ["digraph convoy {", "  rankdir=LR;", '  node [shape=box, style="rounded,filled"];']
    for vertex in graph.vertices:
        label, colour = _dot_text(graph.label(vertex)), _COLOURS[graph.stage(vertex.bead)]
        found.append(f'  "{_dot_text(vertex.bead)}" [label="{label}", fillcolor="{colour}"];')
    found += [f'  "{_dot_text(need)}" -> "{_dot_text(vertex.bead)}";' for vertex, need in _edges(graph)]
    return [*found, "}"]


def _edges(graph: Graph) -> list[tuple[Vertex, str]]:
    return [(vertex, need) for vertex in graph.vertices for need in vertex.needs]


def _mermaid_text(label: str) -> str:
    """Mermaid knows HTML's entities and no backslash."""
    return "".join(each if each not in '"#<>`&' else f"#{ord(each)};" for each in label)


def _dot_text(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"')


FORMS: dict[str, Callable[[Graph], list[str]]] = {"mermaid": mermaid, "dot": dot}
