"""Keeping a Workflow's description true: how its beads stand, where Argo's list shows it."""

import datetime

from adapter.api.changes import Change
from adapter.context import Context
from adapter.errors import Missing
from adapter.objects.digests import digest
from adapter.objects.views import WorkflowView
from workflows import labels
from workflows.observe import describe

PAUSE = datetime.timedelta(seconds=5)
"""Between two descriptions of one Workflow: each write is one that Argo's controller has to write around."""


class Describer:
    """Writes descriptions, of each Workflow at most one in a while."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._written: dict[str, datetime.datetime] = {}

    async def __call__(self, seen: WorkflowView, *, convoy: str) -> None:
        """Write what Argo's list is to say, where it says something else; later where it was written just now."""
        if seen.deleting or not seen.observation.known:
            return
        text = describe(seen.observation, seen.titles, again=f"kubectl gt convoy resume {convoy}")
        if digest({labels.DESCRIPTION: text}) == seen.described:
            if seen.ended:
                self._written.pop(seen.uid, None)
            return
        now = self._context.now()
        left = self._written.get(seen.uid, now - PAUSE) + PAUSE - now
        if left > datetime.timedelta():
            self._context.queue.add(seen.key, after=left.total_seconds())
            return
        self._written[seen.uid] = now
        patch = {"metadata": {"annotations": {labels.DESCRIPTION: text}}}
        try:
            await self._context.writer.change(Change(key=seen.key, uid=seen.uid, patch=patch))
        except Missing:
            self._written.pop(seen.uid, None)
