"""The rigs of a cluster."""

import contextlib
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

import click

from crds import Convoy, Manifest, Polecat, Rig
from kubectl_gt.cluster.api import Api, narrowed
from kubectl_gt.cluster.beadstores import stored_beads
from workflows.beads import Bead
from workflows.clean import plain
from workflows.errors import Occupied, Refused, Unavailable
from workflows.labels import CONVOY
from workflows.local.repositories import inspection
from workflows.local.repositories.changes import Changed, changes
from workflows.local.repositories.differences import difference
from workflows.local.repositories.records import records
from workflows.names import BeadId
from workflows.readiness import taken_back


class Rigs:
    """Rigs are cluster-scoped."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def all(self) -> tuple[Rig, ...]:
        """All rigs."""
        return tuple(each for each in self._api.every("Rig") if isinstance(each, Rig))

    def get(self, name: str) -> Rig:
        """One rig. Raises Missing."""
        return narrowed(Rig, self._api.get("Rig", name))

    def create(self, rig: Rig) -> Rig:
        """Make a rig. Its branch is asked of the repository where that can be reached from here. Raises Refused or Occupied."""
        if "base_branch" not in rig.spec.model_fields_set:
            rig = _with_branch(rig)
        known = self._api.find("Rig", rig.metadata.name)
        if known is None:
            return narrowed(Rig, self._api.create(rig))
        if narrowed(Rig, known).spec.model_dump() != rig.spec.model_dump():
            raise Occupied(
                f"rig {rig.metadata.name}: exists with other settings; change it with `kubectl edit rig`, or choose another name"
            )
        return narrowed(Rig, known)

    def change(self, name: str, spec: Manifest) -> Rig:
        """Change fields of a rig's spec; None takes one away. Raises Missing or Refused.

        Convoys of this namespace that have not ended keep the base branch that they began with.
        """
        branch = self.get(name).spec.base_branch
        if spec.get("baseBranch", branch) != branch:
            for each in self._api.every("Convoy"):
                if isinstance(each, Convoy) and each.spec.rig_ref == name and _unpinned(each):
                    self._api.patch("Convoy", each.metadata.name, {"baseBranch": branch})
        return narrowed(Rig, self._api.patch("Rig", name, spec))

    def refine(self, name: str, spec: Manifest) -> None:
        """Set fields of the spec of its refinery. Raises Missing or Refused."""
        self._api.patch("Refinery", f"{name}-refinery", spec)

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
            return inspection.committed_beads(
                spec.git_url, spec.base_branch, spec.beads_path, cache=Path(cache)
            )

    def difference(self, name: str, branch: str, *, stat: bool = False) -> str:
        """What a branch changes against the rig's base branch, read with the user's own git. Raises Missing or Unavailable."""
        spec = self.get(name).spec
        with tempfile.TemporaryDirectory() as cache:
            return difference(spec.git_url, spec.base_branch, branch, cache=Path(cache), stat=stat)

    def changes(self, name: str, commits: Collection[str]) -> Mapping[str, Changed]:
        """What merged commits of a rig changed, where the repository can be reached from here with the user's own git."""
        with tempfile.TemporaryDirectory() as cache:
            return changes(self.get(name).spec.git_url, commits, cache=Path(cache))

    def merged(self, name: str) -> frozenset[BeadId]:
        """Beads that were merged: as Polecats of this namespace show it, and as the repository records it where it can be reached from here."""
        polecats = (each for each in self._api.every("Polecat") if isinstance(each, Polecat))
        shown = {
            (each.metadata.labels.get(CONVOY, ""), BeadId(each.spec.bead_id))
            for each in polecats
            if each.spec.rig == name and each.status.merged_commit
        }
        with contextlib.suppress(Unavailable):
            return records(self.get(name).spec.git_url).with_shown(shown)
        gone = taken_back(each for each in self._api.every("Convoy") if isinstance(each, Convoy))
        return frozenset(bead for _, bead in shown - gone)


def _unpinned(convoy: Convoy) -> bool:
    return not convoy.spec.base_branch and convoy.status.phase not in ("Complete", "Failed")


def _with_branch(rig: Rig) -> Rig:
    try:
        branch = inspection.default_branch(rig.spec.git_url)
    except Unavailable as error:
        click.echo(
            f"Note: {plain(str(error))}. The base branch is taken to be {rig.spec.base_branch}.", err=True
        )
        return rig
    return rig.model_copy(update={"spec": rig.spec.model_copy(update={"base_branch": branch})})
