"""What polecats are called, and which one a name means."""

import datetime
import hashlib
from collections.abc import Iterable

from crds import Convoy, Polecat, Rig
from workflows.clock import LONG_AGO
from workflows.errors import Refused
from workflows.names import BeadId, PolecatName, TaskName

THEMES: dict[str, tuple[str, ...]] = {
    "mad-max": tuple(
        "furiosa nux slit rictus capable toast dag cheedo valkyrie max ace keeper organic coma morsov "
        "immortan corpus miss-giddy bullet-farmer people-eater goose toecutter dementus".split()
    ),
    "minerals": tuple(
        "agate amber basalt beryl calcite cobalt copper diamond emerald feldspar flint garnet granite "
        "jade jasper malachite obsidian onyx opal pyrite quartz topaz".split()
    ),
    "wasteland": tuple(
        "ash cinder drifter dust ember gecko ghoul glow nomad outrider radaway raider rust scrapper "
        "scribe settler stalker super-sledge tinker vault wanderer wildfire".split()
    ),
}
"""Names by theme, as `namepoolTheme` and `--theme` know them."""

DEFAULT_THEME = "mad-max"


def theme_name(theme: str, bead: BeadId) -> str:
    """The name that a theme gives to a bead's polecat: always the same one."""
    names = THEMES[theme]
    return names[int.from_bytes(hashlib.sha256(bead.encode()).digest()[:4]) % len(names)]


def polecat_name(convoy: Convoy, rig: Rig, *, bead: BeadId, task: TaskName) -> PolecatName:
    """The polecat of a bead. In a convoy of one bead it is named as the convoy, as `sling` promises; else `<theme name>-<task>`."""
    if len(convoy.spec.tracked_beads) + len(convoy.spec.beads) == 1:
        return PolecatName(convoy.metadata.name)
    theme = convoy.spec.namepool_theme or rig.spec.settings.namepool_theme
    return PolecatName(f"{theme_name(theme, bead)}-{task}")


WORKING = "Working"
"""Reason of a polecat whose agent is at the bead itself."""
RETRYING = "Retrying"
"""Reason of one whose attempt failed, while the next is to come."""


def agent_runs(polecat: Polecat) -> bool:
    """Whether what its agent printed last is what it is at now."""
    return at_its_bead(polecat.status.phase, polecat.status.reason)


def at_its_bead(phase: str, reason: str) -> bool:
    """The same, by the words of its status."""
    return phase == "Working" and reason != RETRYING


AT_WORK = ("Idle", "Working")
"""Phases of a polecat whose work is still to come or under way."""


def meant(name: str, polecats: Iterable[Polecat]) -> Polecat | None:
    """The polecat that a name or a bead's id means: the one at work, else the newest. None where none is called so.

    Raises Refused, with the full names, where several on different rigs would do equally.
    """
    called = [each for each in polecats if name in (each.metadata.name, each.spec.bead_id)]
    living = [each for each in called if each.status.phase in AT_WORK]
    found = living or called
    full = sorted({f"{each.spec.rig}/{each.metadata.name}" for each in found})
    if len(full) > 1 and (living or len({each.spec.rig for each in found}) > 1):
        raise Refused(f"polecat {name}: several are called so; name one of them in full: {', '.join(full)}")
    return max(found, key=begun, default=None)


def begun(polecat: Polecat) -> datetime.datetime:
    """When a polecat began, or was made."""
    return polecat.status.started_at or polecat.metadata.creation_timestamp or LONG_AGO
