"""Cutting a convoy into trains: Workflows that Argo accepts, its controller runs well and a person can read.

Argo's full CRDs refuse more than 200 tasks in a DAG, its controller's work grows with the square of a DAG's tasks, and a graph of
more than a hundred beads is unreadable. So independent components share trains, and only a component that is too large is cut.
"""

import dataclasses
import itertools
import re
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from crds import Convoy, InlineBead
from workflows.beads import Bead
from workflows.errors import ConvoyRefused
from workflows.names import BeadId, ConvoyName, RigName, TaskName, task_names
from workflows.plan.graph import components, slices, waves
from workflows.plan.members import Members, members
from workflows.plan.model import ALL, Plan, Scope, Task, Train

CAPACITY = 100
"""Most beads in one Workflow."""

NAME_LENGTH = 50
"""Longest convoy name: with train and attempt it is a Workflow's name and a label's value, 63 at most."""

RIG_LENGTH = 63
"""Longest rig name: it is a label's value."""

_NONE: Mapping[int, Collection[BeadId]] = MappingProxyType({})

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


def plan_convoy(
    convoy: Convoy,
    beads: Mapping[BeadId, Bead],
    *,
    done: Collection[BeadId] = (),
    kept: Mapping[int, Collection[BeadId]] = _NONE,
) -> Plan:
    """Plan a convoy over the rig's beads; `done` beads of an earlier attempt are left out.

    `kept` are trains by index that keep their number and their beads, because they were submitted or announced: beads that were added to
    the convoy since then get trains of their own.

    Raises Refused (BeadRefused, DependencyCycle, ConvoyRefused), and then nothing of the convoy runs.
    """
    name = convoy.metadata.name
    _refuse_names(name, convoy.spec.rig_ref)
    team = members(convoy, beads, done=done)
    wave = waves(team.edges)
    ranked = sorted(team.beads, key=lambda bead: (wave[bead], team.beads[bead].priority, bead))
    carried = {bead for group in kept.values() for bead in group}
    waits = _following(ranked, carried, team)
    groups, cuts = _pack([bead for bead in ranked if bead not in carried | waits], team)
    later, more_cuts = _pack([bead for bead in ranked if bead in waits], team)
    groups, cuts = groups + later, cuts + more_cuts
    free = (index for index in itertools.count() if index not in kept)
    numbered = {index: [bead for bead in ranked if bead in group] for index, group in kept.items()}
    numbered |= dict(zip(free, groups, strict=False))
    unworked = {BeadId(each.id): each for each in convoy.spec.beads if each.unworked}
    trains = _trains(numbered, team, wave, unworked)
    if convoy.spec.parallelism:
        trains = [
            dataclasses.replace(train, after=(before.index,) if before else ())
            for before, train in zip([None, *trains], trains, strict=False)
        ]
    return Plan(
        convoy=ConvoyName(name),
        rig=RigName(convoy.spec.rig_ref or ""),
        trains=tuple(trains),
        closed=team.closed,
        notes=(*team.notes, *cuts),
    )


def runnable(train: Train, merged: Collection[BeadId], scope: Scope = ALL) -> Train:
    """The part of a train that can run once the trains before it have ended with these beads merged.

    A task whose needs in earlier trains did not merge is left out, as are those beyond the scope, and all that follows from them.
    """
    kept: dict[TaskName, Task] = {}
    followed: set[TaskName] = set()
    for task in train.tasks:
        ready = all(bead in merged for bead in task.outside) and all(need in followed for need in task.needs)
        if ready and task.bead.id not in scope.without:
            lands = task.bead.id in scope.lands
            kept[task.name] = dataclasses.replace(task, published=lands)
            followed |= {task.name} if lands or not scope.held else set()
    return dataclasses.replace(train, tasks=tuple(kept.values()))


def _refuse_names(convoy: str, rig: str) -> None:
    if not _LABEL.fullmatch(convoy):
        raise ConvoyRefused(
            f"convoy {convoy}: its name may hold lower-case letters, digits and dashes only; rename it"
        )
    if len(convoy) > NAME_LENGTH:
        raise ConvoyRefused(f"convoy {convoy}: its name is longer than {NAME_LENGTH} characters; shorten it")
    if len(rig) > RIG_LENGTH:
        raise ConvoyRefused(
            f"convoy {convoy}: the name of its rig, {rig}, is longer than {RIG_LENGTH} characters; make a rig with a shorter one"
        )


def _following(ranked: list[BeadId], carried: Collection[BeadId], team: Members) -> set[BeadId]:
    """Beads that wait for a train that is there already: what waits for none must not wait with them."""
    waits: set[BeadId] = set()
    for bead in ranked:
        if bead not in carried and any(need in carried or need in waits for need in team.edges[bead]):
            waits.add(bead)
    return waits


def _pack(ranked: list[BeadId], team: Members) -> tuple[list[list[BeadId]], list[str]]:
    """Group beads into trains: first fit for components, topological slices for those that fit in none."""
    groups: list[list[BeadId]] = []
    open_groups: list[list[BeadId]] = []
    notes = []
    chosen = set(ranked)
    edges = {bead: [need for need in team.edges[bead] if need in chosen] for bead in ranked}
    for component in components(edges):
        if len(component) > CAPACITY:
            parts = [list(part) for part in slices(component, CAPACITY)]
            groups.extend(parts)
            notes.append(
                f"{len(component)} beads hang together from {component[0]} on: "
                f"cut by wave into {len(parts)} trains"
            )
            continue
        home = next((group for group in open_groups if len(group) + len(component) <= CAPACITY), None)
        if home is None:
            home = []
            groups.append(home)
            open_groups.append(home)
        home.extend(component)
        open_groups = [group for group in open_groups if len(group) < CAPACITY]
    return groups, notes


def _trains(
    groups: Mapping[int, list[BeadId]],
    team: Members,
    wave: Mapping[BeadId, int],
    unworked: Mapping[BeadId, InlineBead],
) -> list[Train]:
    # Closed ones too: a bead keeps its name when the one that it shared it with is done.
    names = task_names([*team.beads, *team.closed])
    home = {bead: index for index, group in groups.items() for bead in group}

    def task(bead: BeadId) -> Task:
        needs = team.edges[bead]
        return Task(
            name=names[bead],
            bead=team.beads[bead],
            needs=tuple(names[need] for need in needs if home[need] == home[bead]),
            outside=tuple(need for need in needs if home[need] != home[bead]),
            wave=wave[bead],
            unworked=unworked.get(bead),
        )

    def in_order(group: Iterable[BeadId]) -> list[BeadId]:
        return sorted(group, key=lambda bead: (wave[bead], team.beads[bead].priority, bead))

    trains = []
    for index, group in sorted(groups.items()):
        tasks = tuple(task(bead) for bead in in_order(group))
        after = tuple(sorted({home[need] for each in tasks for need in each.outside}))
        trains.append(Train(index=index, tasks=tasks, after=after))
    return trains
