"""People who change one convoy of a cluster at the same moment all get what they asked for."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import pytest
from inmemory import Apiserver
from inmemory.ownership import Manager
from inmemory.resources import RESOURCES
from kubernetes import client

from crds import BeadAnswer
from kubectl_gt.cluster.api import Api
from kubectl_gt.cluster.connection import Connection
from kubectl_gt.cluster.convoys import Convoys

_PERSON = Manager("person", "Update")
_KINDS = {each.kind: each for each in RESOURCES}
BEADS = [f"ap-{number}" for number in range(3)]


class Served:
    """An apiserver in memory with one convoy of three beads, served from a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._over = folder, asyncio.Event()
        self._up = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._up.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        self._loop.close()

    def convoys(self) -> Convoys:
        """The convoys as one person's command line reaches them."""
        configuration = client.Configuration(host=self.address)
        return Convoys(Api(Connection(client.ApiClient(configuration), "town", 30)))

    async def _serve(self) -> None:
        async with Apiserver(self._folder / "s", port=True) as server:
            self.address = server.address
            namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "town"}}
            server.store.create(_KINDS["Namespace"], "", namespace, _PERSON)
            convoy = {
                "apiVersion": _KINDS["Convoy"].api_version,
                "kind": "Convoy",
                "metadata": {"name": "build"},
                "spec": {"rigRef": "app", "description": "Build", "trackedBeads": BEADS, "held": True},
            }
            server.store.create(_KINDS["Convoy"], "town", convoy, _PERSON)
            self._up.set()
            await self._over.wait()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """That apiserver."""
    with Served(tmp_path) as server:
        yield server


def at_once(served: Served, ask: Callable[[Convoys, str], object]) -> None:
    """People, each with a bead and a command line of their own."""
    with ThreadPoolExecutor(len(BEADS)) as people:
        list(people.map(lambda bead: ask(served.convoys(), bead), BEADS))


def test_every_answer_is_kept(served: Served) -> None:
    """The agents of all three beads hear what was said to them, each once."""
    at_once(served, lambda convoys, bead: convoys.answer("build", BeadAnswer(bead=bead, words=f"for {bead}")))
    spec = served.convoys().get("build").spec
    assert sorted(BEADS) == sorted(each.bead for each in spec.answers)
    assert sorted(BEADS) == sorted(spec.retry)


def test_all_that_was_held_lands(served: Served) -> None:
    """Each bead that somebody lets in is let in."""
    at_once(served, lambda convoys, bead: convoys.land("build", [bead]))
    assert sorted(BEADS) == sorted(served.convoys().get("build").spec.land)


def test_all_beads_that_were_added_are_there(served: Served) -> None:
    """Nobody's beads replace another's."""
    at_once(served, lambda convoys, bead: convoys.add("build", [f"{bead}-more"]))
    assert {f"{bead}-more" for bead in BEADS} < set(served.convoys().get("build").spec.tracked_beads)
