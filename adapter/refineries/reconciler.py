"""Reconciles refineries: their sums over the Workflows of a rig."""

from adapter.context import Context
from adapter.objects.keys import Key
from adapter.refineries.status import status_of
from crds import Refinery


class RefineryReconciler:
    """Reconciles refineries."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, key: Key) -> None:
        """Reconcile one. Raises Denied for one that can't be read."""
        found = self._context.present(key, Refinery)
        if found is None:
            return
        seen, refinery = found
        rig = refinery.spec.rig_ref
        own = [
            each.observation
            for each in self._context.workflows_on(rig)
            if self._serves(refinery, each.key.namespace)
        ]
        if all(each.known for each in own):
            await self._context.writer.status(seen, status_of(refinery, own, now=self._context.now()))

    def _serves(self, refinery: Refinery, namespace: str) -> bool:
        found = self._context.refinery_of(refinery.spec.rig_ref, namespace=namespace)
        return found is not None and found.metadata.uid == refinery.metadata.uid
