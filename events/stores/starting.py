"""Starts the runners of convoys that events made on one machine: apart from making them, so that no sender waits for it."""

import asyncio
import dataclasses
import logging
from collections.abc import Callable, Hashable

from events.convoys.manifest import TRIGGER
from workflows.errors import WorkflowsError
from workflows.local.processes import daemon
from workflows.local.town import LocalTown

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Runners at work at which no further one is started: each is a process."""

ENDED = ("Complete", "Failed")


@dataclasses.dataclass(slots=True)
class Starter:
    """Starts what was made and has no runner; a crash may have come between the two."""

    open: Callable[[], LocalTown]
    """Opens the town anew: SQLite's connections belong to one thread."""
    _open: bool = True
    """Whether a convoy has not ended: its runner may die, or there may be room for one."""
    _done: set[str] = dataclasses.field(default_factory=set)
    """Convoys that need no start any more, or never did."""

    async def forever(self, version: Callable[[], Hashable], *, pause: float) -> None:
        """Start what waits, again and again, in a thread: starting a process takes a third of a second.

        Where every convoy has ended, only another version of the town is a reason to look.
        """
        seen: Hashable = None
        while True:
            try:
                now = version()
                if self._open or now != seen:
                    await asyncio.to_thread(self.start)
                    seen = now
            except WorkflowsError as error:
                log.warning("a runner did not start", extra={"reason": str(error)})
            await asyncio.sleep(pause)

    def start(self) -> int:
        """Start runners up to the limit; tells how many."""
        town = self.open()
        try:
            names = [each for each in town.store.names("Convoy") if each not in self._done]
            alive = {each for each in names if daemon.alive(town.home, each)}
            idle = [each for each in names if each not in alive]
            wanted = town.store.readable.each(idle, lambda each: each if self._wanted(town, each) else "")
            waiting = [each for each in wanted if each]
            at_work = sum(not daemon.rests(town.home, each) for each in alive)
            chosen = waiting[: max(0, AT_ONCE - at_work)]
            self._open = bool(alive or waiting)
            for name in chosen:
                town.convoys.start(name)
            return len(chosen)
        finally:
            town.store.close()

    def _wanted(self, town: LocalTown, name: str) -> bool:
        manifest = town.store.resource("Convoy", name)
        ours = manifest is not None and TRIGGER in manifest["metadata"].get("labels", {})
        stopped = manifest is not None and manifest["spec"].get("stop")
        if ours and not stopped and town.convoys.get(name).status.phase not in ENDED:
            return True
        self._done.add(name)
        return False
