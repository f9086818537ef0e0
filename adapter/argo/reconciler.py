"""A Workflow changed: show it in its Polecats at once, then let its owner work out the rest."""

from typing import Protocol

from adapter.api.argoserver import Hydrator
from adapter.argo.finalizer import release
from adapter.context import Town
from adapter.errors import Denied, Missing, Retry
from adapter.objects.keys import Key
from adapter.objects.views import ResourceView, WorkflowView
from crds import Convoy

MOMENT = 0.1
"""Seconds that a convoy's sums wait: its polecats' statuses go first, and what changes together is summed up once."""


class Projection(Protocol):
    """Writes what Workflows show into the statuses of their Polecats."""

    async def show(self, convoy: Convoy) -> None:
        """Write the status of each Polecat of a convoy whose bead changed."""


class WorkflowReconciler:
    """Looks at Workflows."""

    def __init__(self, town: Town, showcase: Projection) -> None:
        self._town = town
        self._showcase = showcase

    async def __call__(self, key: Key) -> None:
        """Look at one."""
        seen = self._town.mirror.find(key, WorkflowView)
        if seen is None:
            return
        if seen.copied or seen.owner_key is None:
            await self._let_go(seen)
            return
        owner = self._town.owner_of(seen)
        if owner is None:
            await self._orphaned(seen, seen.owner_key)
            return
        if not seen.observation.known and (hydrator := self._town.hydrator) is not None:
            await self._fetch(hydrator, seen, seen.owner_key)
            return
        if isinstance(owner, ResourceView) and isinstance(owner.resource, Convoy):
            await self._showcase.show(owner.resource)
            self._town.measures.shown(key)
            self._town.queue.add(owner.key, after=MOMENT)
        else:
            self._town.queue.add(owner.key)

    async def _fetch(self, hydrator: Hydrator, seen: WorkflowView, owner: Key) -> None:
        """Ask for nodes that are stored elsewhere; with them it is looked at again. While nobody answers, its owner says so."""
        try:
            self._town.mirror.learn(await hydrator.whole(seen))
        except (Retry, Denied):
            self._town.queue.add(owner)
            raise

    async def _orphaned(self, seen: WorkflowView, owner: Key) -> None:
        """Whoever is told by nobody that its owner went away asks, before it gives up what may be wanted."""
        try:
            found = await self._town.gateway.get(owner)
        except Missing:
            await self._let_go(seen)
            return
        if found["metadata"]["uid"] == seen.owner:
            self._town.writer.take(owner.kind, found)
        else:
            await self._let_go(seen)

    async def _let_go(self, seen: WorkflowView) -> None:
        if change := release(seen):
            await self._town.writer.change(change)
