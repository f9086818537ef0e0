"""The service of events over this machine's town."""

from typing import Any

from events.leading import LockFile
from events.model import Decision
from events.secrets import Secrets
from events.service import Service
from events.settings import EventsSettings
from events.stores.starting import Starter
from events.stores.town import TownStore
from workflows.local.home import Home, agents_file
from workflows.local.town import LocalTown

START = 0.5
"""Seconds between two looks at convoys that wait for a runner."""


def service(settings: dict[str, Any], *, hold: bool) -> Service:
    """Receiver, repair, answers and, unless held back, runners."""
    home = Home.of_user()
    town = _town()
    starter = Starter(_town)
    wanted = EventsSettings.model_validate(
        {"secrets": home.secrets, "health_port": 0, "tell": 1.0, "events_secret": "events/token"} | settings
    )
    return Service(
        settings=wanted,
        store=TownStore(town),
        secrets=Secrets(home.secrets),
        leadership=LockFile(home.locks / "events"),
        background=() if hold else (lambda: starter.forever(pause=START),),
    )


async def poll_once(*, hold: bool) -> list[Decision]:
    """One look at each forge; what it slings is started. Raises what stands in the way."""
    decisions = await service({"port": 0}, hold=hold).poll_once()
    if not hold:
        Starter(_town).start()
    return decisions


def _town() -> LocalTown:
    return LocalTown(Home.of_user(), agents_file=agents_file())
