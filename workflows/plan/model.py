"""The plan of a convoy as frozen data."""

import dataclasses

from crds import InlineBead
from workflows.beads import Bead
from workflows.names import BeadId, ConvoyName, RigName, TaskName


@dataclasses.dataclass(frozen=True, slots=True)
class Task:
    """One bead in its train.

    `needs` are tasks of the same train that must be done first, `outside` beads of earlier trains. `wave` counts from 0: the
    longest chain of beads before this one. What is `published` already is merged only; no agent works it. Nor what is `unworked`: a branch
    or a revert, as the convoy holds it.
    """

    name: TaskName
    bead: Bead
    needs: tuple[TaskName, ...]
    outside: tuple[BeadId, ...]
    wave: int
    published: bool = False
    unworked: InlineBead | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Train:
    """One Workflow: at most `trains.CAPACITY` tasks, in the order they should start. `after` holds indexes of earlier trains."""

    index: int
    tasks: tuple[Task, ...]
    after: tuple[int, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What one attempt takes up of a plan: all but the beads in `without`. `lands` are published ones that it merges only.

    With `held`, nothing else is merged, so nothing follows from it in the same attempt.
    """

    without: frozenset[BeadId] = frozenset()
    lands: frozenset[BeadId] = frozenset()
    held: bool = False


ALL = Scope()
"""Everything, each bead worked and merged."""


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """Everything that will run for one convoy. `closed` are tracked beads that were done before; `notes` say what a reader
    would not expect: a cut component, an ignored dependency.
    """

    convoy: ConvoyName
    rig: RigName
    trains: tuple[Train, ...]
    closed: tuple[BeadId, ...]
    notes: tuple[str, ...]

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks of all trains."""
        return tuple(task for train in self.trains for task in train.tasks)

    @property
    def waves(self) -> tuple[tuple[BeadId, ...], ...]:
        """Beads that could run at the same time, were there no limit, in the order of the waves."""
        waves: dict[int, list[BeadId]] = {}
        for task in self.tasks:
            waves.setdefault(task.wave, []).append(task.bead.id)
        return tuple(tuple(waves[number]) for number in sorted(waves))
