"""Workflows as they are observed, each read once as long as nobody writes."""

from crds import Manifest
from workflows.local.kept import Kept
from workflows.local.rows.reading import of_workflow
from workflows.local.store import Store
from workflows.observe import Observation, observe


class Observed:
    """The observations of a town. One answer asks for them many times, and a convoy of 500 beads has thousands of nodes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept = Kept(store)

    def of_convoy(self, name: str) -> tuple[Observation, ...]:
        """What the convoy's Workflows show, all attempts, oldest first. Raises Damaged."""
        return self._kept.of(
            name, lambda: tuple(_observed(name, each) for each in self._store.workflows(name))
        )

    def of_rig(self, name: str) -> tuple[Observation, ...]:
        """What all Workflows of a rig show."""
        resources = self._store.resources("Convoy")
        convoys = (each["metadata"]["name"] for each in resources if each["spec"].get("rigRef") == name)
        return tuple(seen for each in self._store.readable.each(convoys, self.of_convoy) for seen in each)


def _observed(convoy: str, workflow: Manifest) -> Observation:
    with of_workflow(convoy, workflow["metadata"]["name"]):
        return observe(workflow)
