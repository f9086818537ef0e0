"""The rigs that the loops go over, each so that its trouble keeps no other waiting."""

import logging
from collections.abc import Coroutine, Sequence

from crds import Rig
from events.errors import EventsError
from events.stores.interface import Store
from forges.errors import ForgeError
from workflows.errors import WorkflowsError

log = logging.getLogger(__name__)

EXPECTED = (EventsError, ForgeError, WorkflowsError)

GLANCE = 0.5
"""Seconds between two looks at whether a delivery asked for a repair, or for a list."""


async def rigs(store: Store) -> Sequence[Rig]:
    """All of them; none while they cannot be read."""
    try:
        return await store.rigs()
    except EXPECTED as error:
        log.warning("rigs cannot be read", extra={"reason": str(error)})
        return ()


async def listening(store: Store) -> list[Rig]:
    """Those that have triggers."""
    return [each for each in await rigs(store) if each.spec.triggers]


async def guarded(rig: str, work: Coroutine[None, None, object]) -> bool:
    """Whether the work was done: one rig's trouble must not keep the others waiting, nor end a loop."""
    try:
        await work
    except EXPECTED as error:
        log.warning("will be tried again", extra={"rig": rig, "reason": str(error)})
    except Exception:
        log.exception("an event loop went wrong and goes on", extra={"rig": rig})
    else:
        return True
    return False
