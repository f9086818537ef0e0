"""The rigs of a cluster."""

import tempfile
from pathlib import Path

import click

from crds import Manifest, Rig
from kubectl_gt.cluster.api import Api
from kubectl_gt.cluster.beadstores import stored_beads
from workflows.beads import Bead
from workflows.errors import Occupied, Refused, Unavailable
from workflows.local import repositories
from workflows.names import BeadId


class Rigs:
    """Rigs are cluster-scoped."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def all(self) -> tuple[Rig, ...]:
        """All rigs."""
        return tuple(each for each in self._api.every("Rig") if isinstance(each, Rig))

    def get(self, name: str) -> Rig:
        """One rig. Raises Missing."""
        return _rig(self._api.get("Rig", name))

    def create(self, rig: Rig) -> Rig:
        """Make a rig. Its branch is asked of the repository where that can be reached from here. Raises Refused or Occupied."""
        if "base_branch" not in rig.spec.model_fields_set:
            rig = _with_branch(rig)
        known = self._api.find("Rig", rig.metadata.name)
        if known is None:
            return _rig(self._api.create(rig))
        if _rig(known).spec.model_dump() != rig.spec.model_dump():
            raise Occupied(
                f"rig {rig.metadata.name}: exists with other settings; change it with `kubectl edit rig`, or choose another name"
            )
        return _rig(known)

    def change(self, name: str, spec: Manifest) -> Rig:
        """Set fields of its spec. Raises Missing or Refused."""
        return _rig(self._api.patch("Rig", name, spec))

    def delete(self, name: str) -> None:
        """Delete a rig. Raises Missing, and Refused while a convoy of it runs."""
        rig = self.get(name)
        if rig.status.active_convoys:
            raise Refused(f"rig {name}: {rig.status.active_convoys} convoy(s) still run; stop them first")
        self._api.delete("Rig", name)

    def beads(self, name: str) -> dict[BeadId, Bead]:
        """The beads as the rig's bead store has read them; where it has none, from the repository with the user's own git.

        Raises Unavailable or BeadsUnreadable.
        """
        spec = self.get(name).spec
        stored = stored_beads(self._api, name)
        if stored is not None:
            return stored
        with tempfile.TemporaryDirectory() as cache:
            return repositories.committed_beads(
                spec.git_url, spec.base_branch, spec.beads_path, cache=Path(cache)
            )


def _with_branch(rig: Rig) -> Rig:
    try:
        branch = repositories.default_branch(rig.spec.git_url)
    except Unavailable as error:
        click.echo(f"Note: {error}. The base branch is taken to be {rig.spec.base_branch}.", err=True)
        return rig
    return rig.model_copy(update={"spec": rig.spec.model_copy(update={"base_branch": branch})})


def _rig(found: object) -> Rig:
    if not isinstance(found, Rig):
        raise TypeError(type(found).__name__)
    return found
