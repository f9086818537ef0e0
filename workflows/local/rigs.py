"""The rigs of one machine, their refineries and their beads."""

import dataclasses
import datetime
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from crds import (
    Condition,
    EventsStatus,
    Manifest,
    Refinery,
    Rig,
    RigStatus,
    load,
    with_conditions,
)
from workflows import labels
from workflows.beads import Beads, read_beads
from workflows.errors import Missing, Occupied, Refused
from workflows.hints import not_found
from workflows.local.home import Home
from workflows.local.logins import Logins
from workflows.local.observed import Observed
from workflows.local.repositories import inspection
from workflows.local.repositories.changes import Changed, changes
from workflows.local.repositories.differences import difference
from workflows.local.repositories.records import records
from workflows.local.rows.reading import validated
from workflows.local.store import Store
from workflows.names import BeadId
from workflows.observe import Stage

_EVENTS = "RigEvents"
"""Kind under which the store keeps what events did to a rig."""


@dataclasses.dataclass(frozen=True, slots=True)
class Rigs:
    """The rigs of one town."""

    store: Store
    observed: Observed
    home: Home
    clock: Callable[[], datetime.datetime]

    def all(self) -> tuple[Rig, ...]:
        """All rigs that can be read with their status, by name."""
        return tuple(self.store.readable.each(self.store.names("Rig"), self.get))

    def get(self, name: str) -> Rig:
        """One rig with its status. Raises Missing, naming the rigs there are."""
        return self._with_status(self.named(name))

    def named(self, name: str) -> Rig:
        """One rig without its status, for which no Workflow is read. Raises Missing, naming the rigs there are."""
        if (manifest := self.store.resource("Rig", name)) is None:
            raise not_found("rig", name, self.store.names("Rig"), otherwise="make it with `rig create`")
        return validated(Rig, "Rig", name, manifest)

    def create(self, rig: Rig) -> Rig:
        """Make a rig and its refinery, once its repository has answered. The same rig again changes nothing.

        A rig without a base branch gets the repository's own. Raises Unavailable, Refused or Occupied.
        """
        name, spec = rig.metadata.name, rig.spec
        if "base_branch" not in spec.model_fields_set:
            branch = inspection.default_branch(spec.git_url)
            rig = rig.model_copy(update={"spec": spec.model_copy(update={"base_branch": branch})})
        inspection.check_branch(spec.git_url, rig.spec.base_branch)
        known = self.store.resource("Rig", name)
        if known is not None and _asked(known) != _asked(rig.manifest()):
            raise Occupied(f"rig {name}: exists with other settings; delete it first, or choose another name")
        if known is None:
            manifest = rig.manifest()
            manifest["metadata"]["creationTimestamp"] = self.clock().isoformat()
            refinery = Refinery.model_validate(
                {"metadata": {"name": f"{name}-refinery"}, "spec": {"rigRef": name}}
            )
            with self.store.transaction():
                self.store.put_resource(manifest)
                self.store.put_resource(refinery.manifest())
        return self.get(name)

    def change(self, name: str, spec: Manifest) -> Rig:
        """Change fields of a rig's spec; None takes one away. Raises Missing, Refused or Unavailable.

        Convoys that were made before keep the base branch that they began with.
        """
        before = self.get(name)
        manifest = before.manifest() | {"status": {}}
        told = merge_patch(manifest["spec"], spec)
        after = load(manifest | {"spec": told})
        if not isinstance(after, Rig):
            raise TypeError(after.kind)
        branch = after.spec.base_branch
        if branch != before.spec.base_branch:
            inspection.check_branch(after.spec.git_url, branch)
        with self.store.transaction():
            stored = self.store.resource("Rig", name) or manifest
            self.store.put_resource(stored | {"spec": after.manifest()["spec"]})
            if branch != before.spec.base_branch:
                self._pin(name, before.spec.base_branch)
        return self.get(name)

    def _pin(self, name: str, branch: str) -> None:
        for convoy in self.store.resources("Convoy"):
            if convoy["spec"].get("rigRef") == name and not convoy["spec"].get("baseBranch"):
                convoy["spec"]["baseBranch"] = branch
                self.store.put_resource(convoy)

    def refine(self, name: str, spec: Manifest) -> None:
        """Set fields of the spec of its refinery. Raises Missing, and CrdError where that makes no valid refinery."""
        with self.store.transaction():
            known = self.refinery(name).manifest()
            wanted = {**known, "spec": merge_patch(known["spec"], spec)}
            load(wanted)
            self.store.put_resource(wanted)

    def delete(self, name: str) -> None:
        """Forget a rig. Its repository stays as it is. Raises Missing, and Refused while the town keeps convoys of it."""
        if name not in self.store.names("Rig"):
            self.named(name)
        # Its own row may be damaged.
        if active := len({each.convoy for each in self.observed.of_rig(name) if not each.ended}):
            raise Refused(f"rig {name}: {active} convoy(s) still run; stop them first")
        left = [
            each["metadata"]["name"]
            for each in self.store.resources("Convoy")
            if each["spec"].get("rigRef") == name
        ]
        if left:
            raise Refused(
                f"rig {name}: convoys of it are kept here: {', '.join(left[:5])}; delete them first"
            )
        with self.store.transaction():
            self.store.delete_resource("Rig", name)
            self.store.delete_resource("Refinery", f"{name}-refinery")
            self.store.delete_resource(_EVENTS, name)
            Logins(self.store).forget(name)

    def refinery(self, name: str) -> Refinery:
        """The refinery of a rig. Raises Missing."""
        self.get(name)
        manifest = self.store.resource("Refinery", f"{name}-refinery")
        if manifest is None:
            raise Missing(f"rig {name}: it has no refinery; delete the rig and make it again")
        return validated(Refinery, "Refinery", f"{name}-refinery", manifest)

    def beads(self, name: str) -> Beads:
        """The beads of a rig: from its bead file, else from the head of its base branch. Raises BeadsUnreadable, Unavailable."""
        rig = self.get(name)
        file = rig.metadata.annotations.get(labels.BEADS_FILE)
        if file:
            return read_beads(Path(file))
        spec = rig.spec
        return inspection.committed_beads(
            spec.git_url, spec.base_branch, spec.beads_path, cache=self.home.cache(name)
        )

    def listening(self) -> tuple[Rig, ...]:
        """All rigs with what events did to them and whether their agents wait for credentials: no Workflow is read for it."""
        return tuple(self.store.readable.each(self.store.names("Rig"), self._listening))

    def _listening(self, name: str) -> Rig:
        return self.named(name).model_copy(update={"status": self._told(name)})

    def events(self, name: str) -> EventsStatus:
        """What a rig knows of its events: no Workflow is read for it."""
        return self._events(name).events or EventsStatus()

    def record_events(
        self, name: str, change: Callable[[EventsStatus], EventsStatus], conditions: Iterable[Condition] = ()
    ) -> None:
        """Change what a rig knows of its events, in one transaction."""
        with self.store.transaction():
            known = self._events(name)
            events = change(known.events or EventsStatus())
            status = RigStatus(events=events, conditions=with_conditions(known.conditions, *conditions))
            wire = status.model_dump(mode="json", by_alias=True, exclude_defaults=True)
            self.store.put_resource({"kind": _EVENTS, "metadata": {"name": name}, "status": wire})

    def _events(self, name: str) -> RigStatus:
        manifest = self.store.resource(_EVENTS, name)
        return validated(RigStatus, _EVENTS, name, manifest.get("status")) if manifest else RigStatus()

    def _told(self, name: str) -> RigStatus:
        """What a rig knows of itself: what no Workflow tells."""
        known = self._events(name)
        conditions = (*known.conditions, *Logins(self.store).conditions(name))
        return known.model_copy(update={"conditions": conditions})

    def difference(self, name: str, branch: str, *, stat: bool = False) -> str:
        """What a branch changes against the rig's base branch, as git writes it. Raises Missing or Unavailable."""
        spec = self.get(name).spec
        return difference(spec.git_url, spec.base_branch, branch, cache=self.home.cache(name), stat=stat)

    def changes(self, name: str, commits: Collection[str]) -> Mapping[str, Changed]:
        """What merged commits of a rig changed; those that the repository does not give are left out. Raises Missing."""
        return changes(self.get(name).spec.git_url, commits, cache=self.home.cache(name))

    def merged(self, name: str) -> frozenset[BeadId]:
        """Beads that were merged: as the repository records it, whoever did it, and as convoys of this town show it.

        Their bead file may still call them open, and a person have taken a merge back: then its bead is open. Raises Missing or Unavailable.
        """
        shown = {
            (each.convoy, bead.bead)
            for each in self.observed.of_rig(name)
            for bead in each.beads
            if bead.merged
        }
        return records(self.get(name).spec.git_url).with_shown(shown)

    def _with_status(self, rig: Rig) -> Rig:
        seen, known = self.observed.of_rig(rig.metadata.name), self._told(rig.metadata.name)
        status = RigStatus(
            phase="Ready",
            polecat_count=sum(bead.stage is Stage.WORKING for each in seen for bead in each.beads),
            active_convoys=len({each.convoy for each in seen if not each.ended}),
            refinery_created=True,
            events=known.events,
            conditions=known.conditions,
        )
        return rig.model_copy(update={"status": status})


def _asked(manifest: Manifest) -> tuple[Manifest, str]:
    """What somebody asked for: the spec, and the bead file, which no field of it names."""
    return manifest["spec"], manifest["metadata"].get("annotations", {}).get(labels.BEADS_FILE, "")


def merge_patch(into: Manifest, patch: Manifest) -> Manifest:
    """A JSON merge patch (RFC 7396): objects are merged, None takes a field away, anything else replaces it."""
    merged = dict(into)
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = merge_patch(merged[key], value)
        else:
            merged[key] = value
    return merged
