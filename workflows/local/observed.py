"""Workflows as they are observed, each read once as long as nobody writes."""

from workflows.local.kept import Kept
from workflows.local.store import Store
from workflows.observe import Observation, observe


class Observed:
    """The observations of a town. One answer asks for them many times, and a convoy of 500 beads has thousands of nodes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept = Kept(store)

    def of_convoy(self, name: str) -> tuple[Observation, ...]:
        """What the convoy's Workflows show, all attempts, oldest first."""
        return self._kept.of(name, lambda: tuple(map(observe, self._store.workflows(name))))

    def of_rig(self, name: str) -> tuple[Observation, ...]:
        """What all Workflows of a rig show."""
        convoys = (each for each in self._store.resources("Convoy") if each["spec"]["rigRef"] == name)
        return tuple(seen for each in convoys for seen in self.of_convoy(each["metadata"]["name"]))
