"""Reconciles Workflows: the statuses of its Polecats at once, its owner a moment later."""

from typing import Protocol

from adapter.api.argoserver import Hydrator
from adapter.argo.description import Describer
from adapter.argo.finalizer import remove_finalizer
from adapter.context import Context
from adapter.errors import Denied, Missing, Retry
from adapter.objects.keys import Key
from adapter.objects.views import ResourceView, WorkflowView
from crds import Convoy

MOMENT = 0.1
"""Seconds that a convoy's sums wait: its polecats' statuses go first, and what changes together is summed up once."""


class Projection(Protocol):
    """Writes what Workflows show into the statuses of their Polecats."""

    async def project(self, convoy: Convoy) -> None:
        """Write the status of each Polecat of a convoy whose bead changed."""


class WorkflowReconciler:
    """Reconciles Workflows."""

    def __init__(self, context: Context, projection: Projection) -> None:
        self._context = context
        self._projection = projection
        self._describer = Describer(context)

    async def __call__(self, key: Key) -> None:
        """Reconcile one."""
        seen = self._context.cache.find(key, WorkflowView)
        if seen is None:
            return
        if seen.copied or seen.owner_key is None:
            await self._remove_finalizer(seen)
            return
        owner = self._context.owner_of(seen)
        if owner is None:
            await self._orphaned(seen, seen.owner_key)
            return
        if not seen.observation.known and (hydrator := self._context.hydrator) is not None:
            await self._fetch(hydrator, seen, seen.owner_key)
            return
        if isinstance(owner, ResourceView) and isinstance(owner.resource, Convoy):
            await self._projection.project(owner.resource)
            self._context.measures.projected(key)
            self._context.queue.add(owner.key, after=MOMENT)
            await self._describer(seen, convoy=owner.key.name)
        else:
            self._context.queue.add(owner.key)

    async def _fetch(self, hydrator: Hydrator, seen: WorkflowView, owner: Key) -> None:
        """Fetch nodes that are stored elsewhere; with them the Workflow is reconciled again. While nobody answers, its owner's status says so."""
        try:
            self._context.cache.replace_with(await hydrator.whole(seen))
        except (Retry, Denied):
            self._context.queue.add(owner)
            raise

    async def _orphaned(self, seen: WorkflowView, owner: Key) -> None:
        """The owner is not in the cache: ask the apiserver before the finalizer is removed."""
        try:
            found = await self._context.gateway.get(owner)
        except Missing:
            await self._remove_finalizer(seen)
            return
        if found["metadata"]["uid"] == seen.owner:
            self._context.writer.take(owner.kind, found)
        else:
            await self._remove_finalizer(seen)

    async def _remove_finalizer(self, seen: WorkflowView) -> None:
        if change := remove_finalizer(seen):
            await self._context.writer.change(change)
