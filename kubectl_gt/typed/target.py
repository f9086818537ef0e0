"""Which rig is meant where none is named: the one whose prefix the beads carry, or the only one there is."""

from collections.abc import Sequence

import click

from crds import Rig
from kubectl_gt.cli.arguments import is_bead, prefix_of
from kubectl_gt.show.columns import bare
from kubectl_gt.town import Town
from workflows.errors import Missing


def rig_of(rigs: Sequence[Rig], beads: Sequence[str]) -> Rig | None:
    """The one rig whose prefix all these beads carry; None where there is none, or more than one."""
    prefixes = {prefix_of(bead) for bead in beads}
    found = [rig for rig in rigs if prefixes == {rig.spec.beads_prefix.removesuffix("-")}]
    return found[0] if len(found) == 1 else None


def beads_and_rig(town: Town, words: Sequence[str]) -> tuple[list[str], Rig]:
    """What `[BEAD]... [RIG]` means. Raises Missing for a rig that does not exist, a usage error where none can be told."""
    if words:
        try:
            return list(dict.fromkeys(words[:-1])), town.rigs.get(bare(words[-1], "rig"))
        except Missing as error:
            rig = rig_of(town.rigs.all(), words)
            if rig is None:
                raise error from None
            return list(dict.fromkeys(words)), rig
    return [], only_rig(town, "name the rig behind the task")


def only_rig(town: Town, advice: str) -> Rig:
    """The rig of a town that has one. Raises Missing where it has none, a usage error where it has more."""
    rigs = town.rigs.all()
    if not rigs:
        raise Missing("rig: there is none yet; make one with `rig create NAME --git-url ADDRESS`")
    if len(rigs) > 1:
        raise click.UsageError(f"which rig? {advice}: {', '.join(rig.metadata.name for rig in rigs)}")
    return rigs[0]


def rig_and_bead(town: Town, typed: str) -> tuple[Rig, str]:
    """What `[RIG/]BEAD` means: where no rig is named, the one whose prefix the bead carries, else the only one."""
    rig, slash, bead = bare(typed, "bead").rpartition("/")
    if slash:
        return town.rigs.get(rig), bead
    return rig_of(town.rigs.all(), [bead]) or only_rig(town, f"name it as RIG/{bead}"), bead


def check_beads(beads: Sequence[str], *, instead: str) -> None:
    """Refuse words that are no bead's id; `instead` is the command line for a task in words, with `{}` where it stands."""
    for bead in beads:
        if not is_bead(bead):
            quoted = "'" + bead.replace("'", "'\\''") + "'"
            shown = quoted if len(quoted) <= 60 else f"{quoted[:58]}…'"
            raise click.UsageError(
                f"{shown} is no bead's id, such as gt-42; did you mean `{instead.format(shown)}`?"
            )
