"""Reconciles witnesses: which polecats of a rig are stuck."""

from adapter.context import Context
from adapter.events.calls import call_id
from adapter.objects.keys import Key
from adapter.objects.views import PolecatView
from adapter.witnesses.status import report
from crds import Witness


class WitnessReconciler:
    """Reconciles witnesses."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, key: Key) -> None:
        """Reconcile one. Raises Denied for one that can't be read."""
        found = self._context.present(key, Witness)
        if found is None:
            return
        seen, witness = found
        polecats = self._watched(witness)
        told = report(witness, polecats, calls=self._context.calls, now=self._context.now())
        await self._context.writer.status(seen, told.status)
        for each in witness.status.stuck:
            if each.escalated:
                self._context.calls.pop(call_id(witness, each), None)
        if told.requeue_after is not None:
            self._context.queue.add(key, after=told.requeue_after + 0.1)

    def _watched(self, witness: Witness) -> list[PolecatView]:
        """All polecats of the rig for the Witness that came with it; for one that a tenant made, those beside it: others' are none of its business."""
        polecats = self._context.polecats_on(witness.spec.rig_ref)
        own = witness.metadata.namespace
        return [each for each in polecats if own in (each.key.namespace, self._context.settings.namespace)]
