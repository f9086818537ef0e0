"""The little graph theory that a plan needs, in time linear in beads and edges, without recursion."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from workflows.errors import DependencyCycle
from workflows.names import BeadId

Edges = Mapping[BeadId, Sequence[BeadId]]
T = TypeVar("T")


def waves(edges: Edges) -> dict[BeadId, int]:
    """The wave of each bead: 0 without dependencies, else one more than the latest of those it needs.

    Kahn's algorithm. Raises DependencyCycle, with one cycle, when some bead can never start.
    """
    wanted: dict[BeadId, list[BeadId]] = {bead: [] for bead in edges}
    missing = {bead: len(needs) for bead, needs in edges.items()}
    for bead, needs in edges.items():
        for need in needs:
            wanted[need].append(bead)
    wave = {bead: 0 for bead, count in missing.items() if count == 0}
    frontier = list(wave)
    while frontier:
        bead = frontier.pop()
        for follower in wanted[bead]:
            wave[follower] = max(wave.get(follower, 0), wave[bead] + 1)
            missing[follower] -= 1
            if missing[follower] == 0:
                frontier.append(follower)
    stuck = [bead for bead, count in missing.items() if count]
    if stuck:
        raise DependencyCycle(_cycle(min(stuck), edges, set(stuck)))
    return wave


def _cycle(start: BeadId, edges: Edges, stuck: set[BeadId]) -> list[BeadId]:
    """Walk along dependencies among stuck beads until one comes round again; each stuck bead has such a dependency."""
    path: dict[BeadId, None] = {}
    bead = start
    while bead not in path:
        path[bead] = None
        bead = next(need for need in edges[bead] if need in stuck)
    walked = list(path)
    return walked[walked.index(bead) :]


def components(edges: Edges) -> list[list[BeadId]]:
    """Sets of beads that hang together, each in the order of `edges`."""
    neighbours: dict[BeadId, list[BeadId]] = {bead: list(needs) for bead, needs in edges.items()}
    for bead, needs in edges.items():
        for need in needs:
            neighbours[need].append(bead)
    number: dict[BeadId, int] = {}
    count = 0
    for bead in edges:
        if bead not in number:
            _flood(bead, count, neighbours, number)
            count += 1
    groups: list[list[BeadId]] = [[] for _ in range(count)]
    for bead in edges:
        groups[number[bead]].append(bead)
    return groups


def _flood(start: BeadId, mark: int, neighbours: Edges, number: dict[BeadId, int]) -> None:
    number[start] = mark
    frontier = [start]
    while frontier:
        for other in neighbours[frontier.pop()]:
            if other not in number:
                number[other] = mark
                frontier.append(other)


def slices(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    """Consecutive slices of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))
