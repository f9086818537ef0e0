"""One machine: what waits to be told or started is looked for when the town's file changed, and not all the time."""

import asyncio
import os

import pytest
from services import Always
from towns import Town

from crds import Convoy
from events.convoys.manifest import TRIGGER
from events.secrets import Secrets
from events.service import Service
from events.settings import EventsSettings
from events.stores import starting
from events.stores.starting import Starter
from events.stores.town import TownStore
from workflows.clock import utc_now
from workflows.local.processes import daemon
from workflows.local.town import LocalTown


class Counted(TownStore):
    """Counts how often somebody asks for the convoys that events made."""

    asked = 0

    async def slung(self, rig):
        """As the town tells."""
        self.asked += 1
        return await super().slung(rig)


class Looks(Starter):
    """Counts its looks."""

    looks = 0

    def start(self):
        """Look."""
        self.looks += 1
        return super().start()


@pytest.fixture
def town(tmp_path):
    """A town whose forge does not answer."""
    forge = {"kind": "gitea", "apiURL": "http://127.0.0.1:1/api/v1", "repository": "acme/app"}
    return Town(tmp_path, None, utc_now, forge=forge)


def write(town):
    """Another process writes to the town."""
    other = LocalTown(town.home)
    other.store.put_resource({"kind": "Refinery", "metadata": {"name": "other"}, "spec": {"rigRef": "other"}})
    other.store.close()


def slung(name, **spec):
    """A convoy that an event made."""
    told = {"rigRef": "app", "description": "d", "beads": [{"id": f"ap-{name}", "title": "Do it"}]} | spec
    labels = {TRIGGER: "labelled"}
    return Convoy.model_validate({"metadata": {"name": name, "labels": labels}, "spec": told}).manifest()


async def settled(count):
    """What is counted, once it has not grown for a while."""
    for _ in range(100):
        before = count()
        await asyncio.sleep(0.3)
        if count() == before:
            return before
    raise AssertionError("it never rests")


async def grows(count, above):
    """Wait until more is counted."""
    for _ in range(3000):
        if count() > above:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"still {count()}")


def test_comments_are_looked_at_when_something_was_written(town):
    """A look costs a list of convoys for each rig."""

    async def scenario():
        store, stop = Counted(town.local), asyncio.Event()
        settings = EventsSettings.model_validate(
            {"listen": "127.0.0.1", "port": 0, "health_port": 0, "tell": 0.01, "poll": 3600}
        )
        service = Service(
            settings=settings, store=store, secrets=Secrets(town.home.secrets), leadership=Always()
        )
        running = asyncio.create_task(service.run(stop))
        before = await settled(lambda: store.asked)
        assert before > 0
        write(town)
        await grows(lambda: store.asked, before)
        stop.set()
        await running

    asyncio.run(scenario())


def test_runners_are_looked_at_while_a_convoy_is_open(town):
    """Where all have ended, after somebody wrote; a convoy that a person slung is open until its runner is gone."""
    starter = Looks(lambda: LocalTown(town.home))

    async def scenario():
        loop = asyncio.create_task(starter.forever(town.store.version, pause=0.01))
        before = await settled(lambda: starter.looks)
        write(town)
        await grows(lambda: starter.looks, before)
        again = await settled(lambda: starter.looks)
        assert again == before + 1
        loop.cancel()

    asyncio.run(scenario())
    assert starter.looks > 1


def test_an_open_convoy_is_looked_at_again_and_again(town, monkeypatch):
    """Its runner may be killed, or there may be no room for one yet, as here."""
    monkeypatch.setattr(starting, "AT_ONCE", 0)
    starter = Looks(lambda: LocalTown(town.home))

    async def scenario():
        loop = asyncio.create_task(starter.forever(town.store.version, pause=0.01))
        before = await settled(lambda: starter.looks)
        town.local.store.put_resource(slung("one"))
        await grows(lambda: starter.looks, before + 5)
        loop.cancel()

    asyncio.run(scenario())


def test_convoys_at_rest_leave_room_for_others(town, monkeypatch):
    """They wait for people and have no process: eight of them would hold up all that events make for days."""
    monkeypatch.setattr(starting, "AT_ONCE", 1)
    starter = Starter(lambda: LocalTown(town.home))
    for name in ("one", "two"):
        town.local.store.put_resource(slung(name))
    lock = daemon.hold(town.home, "one")
    assert 0 == starter.start()
    daemon.lay_down(lock)
    assert 1 == starter.start()
    os.close(lock)
    assert daemon.gone(town.home, "two", within=60)


def test_what_a_killed_watch_had_counts_once_it_runs(town):
    """Its lock file still says that it rests."""
    lock = daemon.hold(town.home, "one")
    daemon.lay_down(lock)
    os.close(lock)
    assert daemon.rests(town.home, "one")
    daemon.start(town.home, "one")
    assert not daemon.rests(town.home, "one")
    assert daemon.gone(town.home, "one", within=60)
