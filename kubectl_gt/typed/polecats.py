"""Which polecat is meant by what was typed."""

from crds import Polecat
from kubectl_gt.cli.command import program_name
from kubectl_gt.show.columns import bare
from kubectl_gt.town import Town
from workflows.errors import Refused


def find(town: Town, name: str) -> Polecat:
    """The polecat of a name, a bead's id, or `<rig>/<name>`. Raises Missing, and Refused where several are meant."""
    typed = bare(name, "polecat")
    rig, slash, rest = typed.partition("/")
    if not slash:
        return town.polecats.get(typed)
    if not (rig and rest) or "/" in rest:
        raise Refused(f"polecat {typed}: it is not <rig>/<name>; see `{program_name()} polecat list`")
    return town.polecats.get(rest, rig=rig)
