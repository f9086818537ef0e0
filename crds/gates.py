"""Gates: the commands that a candidate must pass before the refinery pushes it."""

from typing import Annotated

from pydantic import Field

from crds import shapes
from crds.lists import Keyed
from crds.wire import Wire


class Gate(Wire):
    """One shell command, run on the candidate in a container without credentials; it passes by exiting with
    0.
    """

    name: Annotated[str, Field(min_length=1, max_length=63, pattern=shapes.KEY.pattern)]
    """The name in messages and metrics."""

    command: Annotated[str, Field(min_length=1, max_length=8192)]
    """What `sh -c` runs at the top of the repository."""

    timeout_seconds: Annotated[int, Field(ge=1, le=86400)] = 1800
    """How long the command may take before it counts as failed."""

    parallel: bool = False
    """Whether it may run at the same time as gates beside it that say so too, in the same work tree."""


class GateCache(Wire):
    """What gates may keep between runs, as XDG_CACHE_HOME and GASTOWN_GATE_CACHE: downloads, compiled objects. Code that
    agents wrote can write there, too.
    """

    claim_name: Annotated[str, Field(pattern=shapes.OBJECT_OR_NONE.pattern, max_length=253)] = ""
    """The PersistentVolumeClaim that holds it, in the namespace of the Workflows; merges of a rig may run on several
    nodes. Without one it lasts as long as the pod. On one machine it is a folder of the rig's.
    """


Gates = Annotated[tuple[Gate, ...], Field(max_length=32), Keyed("name")]
"""Gates in the order they run; the first that fails ends the run."""
