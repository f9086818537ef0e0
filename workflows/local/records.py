"""Convoys as the town's store keeps them: what was asked for, and the beads as they were then."""

import dataclasses
from collections.abc import Iterator, Mapping

from crds import Convoy, Rig
from workflows.agents import chosen
from workflows.beads import Bead
from workflows.hints import not_found
from workflows.local.dispatch import Dispatch
from workflows.local.rows.reading import validated
from workflows.local.store import Store
from workflows.names import BeadId

BEADS = "ConvoyBeads"
"""Kind under which the store keeps a convoy's beads as they were when it was made: a later edit must not change its plan."""

CALLS = "ConvoyCalls"
"""Kind under which the store keeps what a convoy's user was called for."""


@dataclasses.dataclass(frozen=True, slots=True)
class ConvoyRecords:
    """The manifests of one town's convoys. A runner and several people may write to the same one: change it inside a transaction."""

    store: Store

    def convoy(self, name: str) -> Convoy:
        """What was asked for. Raises Missing, naming the convoys there are, and Damaged."""
        manifest = self.store.resource("Convoy", name)
        if manifest is None:
            raise not_found(
                "convoy",
                name,
                self.store.names("Convoy"),
                otherwise="make one with `convoy create` or `sling`",
            )
        return validated(Convoy, "Convoy", name, manifest)

    def change(self, name: str, **fields: object) -> None:
        """Give fields of its `spec` other values. Raises Missing."""
        convoy = self.convoy(name)
        changed = convoy.model_copy(update={"spec": convoy.spec.model_copy(update=fields)})
        self.store.put_resource(changed.manifest())

    def put(self, convoy: Convoy, dispatch: Dispatch) -> None:
        """Write a convoy, and the Workflows that it is to become."""
        manifest = convoy.manifest()
        manifest["status"] = {
            "trains": [train.model_dump(mode="json", by_alias=True) for train in dispatch.trains]
        }
        self.store.put_resource(manifest)

    def put_beads(self, name: str, beads: Mapping[BeadId, Bead]) -> None:
        """Write down its beads as they are now."""
        dumped = [bead.model_dump(mode="json", exclude_defaults=True) for bead in beads.values()]
        self.store.put_resource({"kind": BEADS, "metadata": {"name": name}, "beads": dumped})

    def beads(self, name: str) -> Iterator[Bead]:
        """Its beads as they were written down."""
        for each in (self.store.resource(BEADS, name) or {}).get("beads", ()):
            yield validated(Bead, BEADS, name, each)

    def agent(self, convoy: Convoy) -> tuple[str, str]:
        """The rig of a convoy, and its agent, without looking at any Workflow: a runner asks several times a second."""
        rig = self.store.resource("Rig", convoy.spec.rig_ref)
        name = (
            chosen(convoy, validated(Rig, "Rig", convoy.spec.rig_ref, rig))[0]
            if rig
            else convoy.spec.agent or ""
        )
        return convoy.spec.rig_ref, name

    def delete(self, name: str) -> None:
        """Forget a convoy, its beads and what its user was called for."""
        with self.store.transaction():
            for kind in ("Convoy", BEADS, CALLS):
                self.store.delete_resource(kind, name)
