"""The service of events over this machine's town."""

from typing import Any

from events.leading import LockFile
from events.metrics import Metrics
from events.model import Decision
from events.outbox.publisher import Publisher
from events.secrets import Secrets
from events.service import Service
from events.settings import EventsSettings
from events.stores.starting import Starter
from events.stores.town import TownShelf, TownStore
from workflows.clock import utc_now
from workflows.local.home import Home, agents_file
from workflows.local.town import LocalTown

START = 0.5
"""Seconds between two looks at convoys that wait for a runner."""
SINK_SECRET = "events/sink"  # noqa: S105 - where it is
"""The secret that events for sinks are signed with, where there is one."""


def signs() -> bool:
    """Whether the user put a secret for sinks there."""
    return (Home.of_user().secrets / SINK_SECRET).is_file()


def service(settings: dict[str, Any], *, hold: bool) -> Service:
    """Receiver, repair, answers and, unless held back, runners."""
    home = Home.of_user()
    town = _town()
    starter = Starter(_town)
    wanted = EventsSettings.model_validate(
        {
            "secrets": home.secrets,
            "health_port": 0,
            "tell": 1.0,
            "publish": 1.0,
            "events_secret": "events/token",
        }
        | settings
    )
    store, metrics = TownStore(town), Metrics()
    leadership = LockFile(home.locks / "events")
    publisher = Publisher(
        sinks=wanted.sinks,
        town=store,
        shelf=TownShelf(town),
        secrets=Secrets(home.secrets),
        leadership=leadership,
        metrics=metrics,
        now=utc_now,
    )
    starting = () if hold else (lambda: starter.forever(store.version, pause=START),)
    publishing = (lambda: publisher.forever(pause=wanted.publish),) if wanted.sinks else ()
    return Service(
        settings=wanted,
        store=store,
        secrets=Secrets(home.secrets),
        leadership=leadership,
        metrics=metrics,
        background=(*starting, *publishing),
    )


async def poll_once(*, hold: bool) -> list[Decision]:
    """One look at each forge; what it slings is started. Raises what stands in the way."""
    decisions = await service({"port": 0}, hold=hold).poll_once()
    if not hold:
        Starter(_town).start()
    return decisions


def _town() -> LocalTown:
    return LocalTown(Home.of_user(), agents_file=agents_file())
