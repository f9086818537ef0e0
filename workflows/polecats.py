"""What polecats are called."""

import hashlib

from crds import Convoy, Rig
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
