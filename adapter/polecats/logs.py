"""Reads the end of the logs of agents at work, one after the other at an even pace, for the last action in their Polecats' statuses."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from adapter.context import Context
from adapter.errors import AdapterError, Missing
from adapter.objects.keys import Key
from adapter.objects.views import PolecatView
from adapter.polecats.lastaction import Act, act_of, at_work, due
from adapter.settings import LastActionSettings
from workflows.errors import WorkflowsError
from workflows.shape import agent_container
from workflows.transcript.action import TAIL_LINES

log = logging.getLogger(__name__)

MOST = 64 << 10
"""Bytes of one answer. The kubelet counts them from the first of the last lines on, so longer lines leave out the end."""

PATIENCE = 5.0
"""Seconds that one log may take: an apiserver asks the kubelet of the pod's node, which may be away."""

PAUSE = 1.0
"""Seconds until it is looked again whose log is to be read, when it was nobody's."""

Show = Callable[[PolecatView, Act], Awaitable[None]]
"""Writes what an agent did into its Polecat's status."""


class LogReader:
    """Reads logs for as long as the adapter leads. `clock` is monotonic, in seconds."""

    def __init__(
        self, context: Context, settings: LastActionSettings, show: Show, *, clock: Callable[[], float]
    ) -> None:
        self._context = context
        self._settings = settings
        self._show = show
        self._clock = clock
        self._read: dict[str, float] = {}

    async def run(self) -> None:
        """Read whoever's turn it is, for ever. No failure ends it: what is not read now is read at its next turn."""
        while True:
            for key in self._round():
                seen = self._context.cache.find(key, PolecatView)
                if seen is None or not at_work(seen):
                    continue
                self._read[seen.uid] = self._clock()
                result = await self._look(seen)
                self._context.metrics.log_reads.labels(result).inc()
                await asyncio.sleep(1 / self._settings.rate)
            await asyncio.sleep(PAUSE)

    def _round(self) -> list[Key]:
        """Whose turn it is now. What is known of those that are gone is forgotten."""
        known = self._context.cache.all("Polecat", PolecatView)
        there = {each.uid for each in known if at_work(each)}
        self._read = {uid: at for uid, at in self._read.items() if uid in there}
        found = due(known, self._read, now=self._clock(), interval=self._settings.interval)
        return [each.key for each in found]

    async def _look(self, seen: PolecatView) -> str:
        about = {"namespace": seen.key.namespace, "object": seen.key.name}
        try:
            async with asyncio.timeout(PATIENCE):
                text = await self._context.gateway.log(
                    Key("Pod", seen.key.namespace, seen.pod),
                    container=agent_container(seen.agent),
                    lines=TAIL_LINES,
                    most=MOST,
                )
                act = act_of(text)
                if act.action not in ("", seen.last_action):
                    await self._show(seen, act)
        except Missing:
            return "gone"
        except (AdapterError, WorkflowsError, TimeoutError) as error:
            log.debug("log not read", extra=about | {"reason": str(error) or "it took too long"})
            return "failed"
        except Exception:
            log.exception("log reader failed", extra=about)
            return "failed"
        return "read"
