"""The program itself, with its settings, its kubeconfig and kopf's own watches, in real time; and what it does when it can't begin."""

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import pytest
import yaml
from click import ClickException
from inmemory import Apiserver, Manifest
from inmemory.admission import Place
from inmemory.ownership import Manager
from inmemory.resources import RESOURCES
from playtown import Town

from adapter.main import main

_RIG = next(each for each in RESOURCES if each.kind == "Rig")
_NAMESPACE = next(each for each in RESOURCES if each.kind == "Namespace")
_PERSON = Manager("person", "Update")
PATIENCE = 40.0


class Served:
    """An apiserver on a port, in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        """Boot it."""
        self._thread.start()
        assert self._up.wait(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        self._loop.close()

    def do(self, action: Callable[[], Manifest]) -> Manifest:
        """Do something on its loop."""

        async def act() -> Manifest:
            return action()

        return asyncio.run_coroutine_threadsafe(act(), self._loop).result(PATIENCE)

    def rig(self, name: str) -> None:
        """Make a rig."""
        spec = {"gitURL": "https://git.test/town.git", "beadsPrefix": "ap"}
        body = {"apiVersion": _RIG.api_version, "kind": "Rig", "metadata": {"name": name}, "spec": spec}
        self.do(lambda: self.server.store.create(_RIG, "", body, _PERSON))

    def phase(self, name: str) -> str:
        """What the adapter says of a rig."""
        found = self.do(lambda: self.server.store.get(Place(_RIG, "", name)))
        return str((found.get("status") or {}).get("phase", ""))

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        async with Apiserver(self._folder / "s", port=True) as self.server:
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "gastown-system"}}
            self.server.store.create(_NAMESPACE, "", body, _PERSON)
            self._up.set()
            await self._over.wait()


@pytest.fixture
def loud() -> Iterator[None]:
    """The program sets up logs for its whole process: afterwards they are as they were."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def _nameless(number: int) -> None:
    raise KeyError(f"getpwuid(): uid not found: {number}")


def _files(folder: Path, address: str) -> list[str]:
    settings = {"listen": "127.0.0.1", "port": 0, "lease": {"retry": 0.5}}
    (folder / "settings.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
        "clusters": [{"name": "here", "cluster": {"server": address}}],
        "users": [{"name": "me", "user": {"token": "a-token"}}],
    }
    (folder / "kubeconfig").write_text(yaml.safe_dump(kubeconfig), encoding="utf-8")
    return ["--config", str(folder / "settings.yaml"), "--kubeconfig", str(folder / "kubeconfig")]


@pytest.mark.usefixtures("loud")
def test_it_works_until_it_is_told_to_stop(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rig that is there and one that kopf's watch brings become Ready; SIGTERM ends it well, and the Lease is given back. Its user is a
    number without a name, as on OpenShift.
    """
    monkeypatch.setattr("pwd.getpwuid", _nameless)
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    told: list[str] = []
    over = threading.Event()

    def person(served: Served) -> None:
        try:
            for name in ("early", "late"):
                if name == "late":
                    served.rig(name)
                end = time.monotonic() + PATIENCE
                while served.phase(name) != "Ready" and time.monotonic() < end and not over.is_set():
                    time.sleep(0.05)
                told.append(served.phase(name))
        finally:
            # Once the program has ended the signal would be for pytest.
            if not over.is_set():
                os.kill(os.getpid(), signal.SIGTERM)

    with Served(tmp_path) as served:
        served.rig("early")
        hand = threading.Thread(target=person, args=(served,))
        arguments = _files(tmp_path, served.server.address)
        hand.start()
        try:
            with pytest.raises(SystemExit) as ended:
                main(arguments)
        finally:
            over.set()
            hand.join()
        leases = next(each for each in RESOURCES if each.kind == "Lease")
        place = Place(leases, "gastown-system", "gastown-adapter")
        lease = served.do(lambda: served.server.store.get(place))
    assert (0, ["Ready", "Ready"], "") == (ended.value.code, told, lease["spec"]["holderIdentity"])
    assert '"message": "lease acquired"' in capfd.readouterr().err


def test_without_a_cluster_it_says_what_to_name(tmp_path: Path) -> None:
    """Neither in a pod nor with a kubeconfig."""
    with pytest.raises(ClickException, match="name a kubeconfig with --kubeconfig"):
        main(["--kubeconfig", str(tmp_path / "none")], standalone_mode=False)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("workers: many", "workers: Input should be"),
        ("{", "cannot be read"),
        ("colour: red", "colour: Extra inputs"),
    ],
    ids=["a-value", "no-yaml", "no-such-field"],
)
def test_a_setting_that_is_none_is_named(tmp_path: Path, text: str, word: str) -> None:
    """With its file."""
    (tmp_path / "settings.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ClickException, match=f"settings.yaml: .*{word}|settings.yaml: {word}"):
        main(["--config", str(tmp_path / "settings.yaml")], standalone_mode=False)


async def test_what_cannot_be_read_at_first_ends_it(town: Town) -> None:
    """So that whoever started it starts it anew; nothing is worked on half a picture."""
    await town.adapter.kill()
    town.server.limit = 3
    town.adapter.start()
    assert not await town.adapter.ended()
    assert not town.adapter.leads


@pytest.mark.settings(resync=30)
async def test_a_long_silence_is_unhealthy(town: Town) -> None:
    """Nothing could be compared for three intervals: /healthz says for how long."""
    await town.rest(10)
    operator = town.adapter.operator
    assert operator is not None
    town.server.part("replica-1")
    await town.rest(170)
    assert operator.sickness().startswith("nothing could be compared with the cluster for 1")
