"""Reconciles witnesses: which polecats of a rig somebody must look at."""

from adapter.context import Context
from adapter.errors import Denied
from adapter.events.calls import call_id
from adapter.objects.keys import Key
from adapter.objects.views import PolecatView, ResourceView
from adapter.witnesses.status import report
from crds import Witness


class WitnessReconciler:
    """Looks at witnesses."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, key: Key) -> None:
        """Look at one. Raises Denied for one that can't be read."""
        seen = self._context.cache.find(key, ResourceView)
        if seen is None or seen.deleting:
            return
        if not isinstance(seen.resource, Witness):
            raise Denied(f"{key}: {seen.problem}; it was written under another version of its definition")
        polecats = self._context.cache.of_rig("Polecat", seen.resource.spec.rig_ref, PolecatView)
        found = report(seen.resource, polecats, calls=self._context.calls, now=self._context.now())
        await self._context.writer.status(seen, found.status)
        for each in seen.resource.status.stuck:
            if each.escalated:
                self._context.calls.pop(call_id(seen.resource, each), None)
        if found.requeue_after is not None:
            self._context.queue.add(key, after=found.requeue_after + 0.1)
