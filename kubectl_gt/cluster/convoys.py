"""The convoys of a namespace."""

from collections.abc import Sequence

from crds import BeadAnswer, Convoy, Manifest
from kubectl_gt.cluster.api import Api, narrowed
from workflows.convoys.answers import answered, landed, same_work
from workflows.errors import Occupied, Refused


class Convoys:
    """Convoys; the adapter compiles and runs them."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def all(self) -> tuple[Convoy, ...]:
        """All convoys."""
        return tuple(each for each in self._api.every("Convoy") if isinstance(each, Convoy))

    def get(self, name: str) -> Convoy:
        """One convoy. Raises Missing."""
        return narrowed(Convoy, self._api.get("Convoy", name))

    def create(self, convoy: Convoy) -> Convoy:
        """Make a convoy; the adapter starts it. Raises Refused or Occupied."""
        name = convoy.metadata.name
        known = self._api.find("Convoy", name)
        if known is None:
            return narrowed(Convoy, self._api.create(convoy))
        there = narrowed(Convoy, known)
        if not same_work(there.spec, convoy.spec):
            raise Occupied(f"convoy {name}: exists with other beads or settings; choose another name")
        return there

    def add(self, name: str, beads: Sequence[str]) -> Convoy:
        """More beads for it; the adapter plans trains for them. Raises Missing or Refused."""

        def fields(convoy: Convoy) -> Manifest:
            if convoy.status.ended:
                raise Refused(f"convoy {name}: it has ended ({convoy.status.phase}); make another convoy")
            return {"trackedBeads": [*convoy.spec.tracked_beads, *beads]}

        return self._api.change(Convoy, name, fields)

    def start(self, name: str) -> bool:
        """Whether it runs; in a cluster it starts by itself."""
        return not self.get(name).status.ended

    def resume(self, name: str, *, budget: float | None = None) -> Convoy:
        """Another attempt at what failed; one that waits or was asked to stop goes on. `budget` replaces what it may spend."""

        def fields(convoy: Convoy) -> Manifest:
            if convoy.status.phase == "Complete":
                return {}
            failed = convoy.status.phase == "Failed"
            attempt = {"attempt": convoy.spec.attempt + 1, "retry": []} if failed else {}
            raised = {"budget": {"totalUSD": budget}} if budget else {}
            return {"stop": False, "suspend": False} | attempt | raised

        return self._api.change(Convoy, name, fields)

    def answer(self, name: str, answer: BeadAnswer) -> Convoy:
        """Say something to the agent that works a bead next; the adapter lets it, once the present attempt has ended."""

        def fields(convoy: Convoy) -> Manifest:
            return _dumped(convoy, answered(convoy.spec, answer, begun=_begun(convoy)))

        return self._api.change(Convoy, name, fields)

    def land(self, name: str, beads: Sequence[str]) -> Convoy:
        """Let held beads into the target; the adapter does, once the present attempt has ended."""

        def fields(convoy: Convoy) -> Manifest:
            return _dumped(convoy, landed(convoy.spec, beads, begun=_begun(convoy)))

        return self._api.change(Convoy, name, fields)

    def stop(self, name: str) -> Convoy:
        """Ask it to stop."""
        return self._api.change(Convoy, name, lambda convoy: {} if convoy.status.ended else {"stop": True})

    def delete(self, name: str) -> None:
        """Delete it. Raises Missing, and Refused while it runs."""
        if self.get(name).status.phase == "InProgress":
            raise Refused(f"convoy {name}: it runs; stop it first")
        self._api.delete("Convoy", name)


def _begun(convoy: Convoy) -> bool:
    """Whether the attempt that the spec asks for is the one that runs or ran."""
    return convoy.status.attempt == convoy.spec.attempt


def _dumped(convoy: Convoy, fields: Manifest) -> Manifest:
    """Fields of the spec as a manifest has them."""
    told = convoy.spec.model_copy(update=fields).dump()
    return {each: told[each] for each in fields}
