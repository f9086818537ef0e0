"""What can go wrong before anything runs, classed by what the caller does next.

    WorkflowsError
    ├── Refused              the input is wrong: say so, change nothing
    │   ├── BeadsUnreadable  a bead file is not what it should be; names file and line
    │   ├── BeadRefused      one bead cannot be planned; names it
    │   │   └── BeadUnknown  the rig has no such bead: offer those that it has
    │   ├── DependencyCycle  the beads wait for each other; holds the cycle
    │   ├── ConvoyRefused    the convoy or its rig asks for what cannot be compiled
    │   └── AgentRefused     the agent is unknown or its preset is not usable
    ├── Missing              no such rig, convoy, polecat: offer what there is
    ├── Occupied             it exists already and is not the same: choose another name
    ├── Damaged              what was kept of an object can't be read: all others go on without it
    └── Unavailable          outside of our control for now: try again later

Every message is one line that names the object and the next step.
"""

from collections.abc import Sequence

from workflows.clean import plain


def why(error: Exception) -> str:
    """What is wrong as people say it: without the number of the system's error, and without Python's words for bytes that are no text."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return f"not UTF-8 at byte {error.start}" if isinstance(error, UnicodeDecodeError) else str(error)


class WorkflowsError(Exception):
    """Root of the errors of `workflows`."""

    def __init__(self, message: str) -> None:
        # Ids and messages of others stand in it: they shall not break the line, nor reach a terminal as commands.
        super().__init__(plain(message))


class Refused(WorkflowsError):
    """The input is wrong; nothing was changed and another try will say the same."""


class BeadsUnreadable(Refused):
    """A bead file holds something that is not a bead. Nothing of it is used."""

    def __init__(self, source: str, line: int | None, problem: str) -> None:
        self.source = source
        self.line = line
        place = source if line is None else f"{source}:{line}"
        super().__init__(f"{place}: {problem}")


class BeadRefused(Refused):
    """One bead cannot be planned."""

    def __init__(self, bead: str, problem: str) -> None:
        self.bead = bead
        super().__init__(f"bead {bead}: {problem}")


class BeadUnknown(BeadRefused):
    """The rig has no bead of that id."""


class DependencyCycle(Refused):
    """Beads that wait for each other, so that none could ever start."""

    def __init__(self, cycle: Sequence[str]) -> None:
        self.cycle = tuple(cycle)
        path = " -> ".join((*self.cycle, self.cycle[0]))
        super().__init__(f"beads wait for each other: {path}; remove one of these dependencies")


class ConvoyRefused(Refused):
    """The convoy, or the rig it runs on, asks for what cannot be compiled."""


class AgentRefused(Refused):
    """The agent is unknown, or its preset lacks what is needed to run it."""


class Missing(WorkflowsError):
    """What was named does not exist."""


class Occupied(WorkflowsError):
    """The name is taken by something else."""


class Damaged(WorkflowsError):
    """What was kept of an object is damaged, or a newer version wrote it."""


class Unavailable(WorkflowsError):
    """A repository, a file or another process stands in the way for now."""
