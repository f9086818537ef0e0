"""Calling the user: the command that they named for a convoy, or for the whole town, run for each thing worth a call.

A call is noted after its command has ended, so a runner that is killed meanwhile has the next runner of the town make it again: better
twice than never.
"""

import dataclasses
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from workflows import labels
from workflows.convoys.news import Kind, News, news
from workflows.errors import Unavailable
from workflows.local.convoys import Convoys
from workflows.local.home import Home
from workflows.local.polecats import Polecats
from workflows.local.processes import daemon
from workflows.local.records import CALLS
from workflows.local.store import Store

PATIENCE = 30.0
"""Seconds that a command may take; the runner's end waits for it."""

_COMMAND, _TOWN = "NotifyCommand", "town"
"""Kind and name under which the store keeps the town's command."""


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """One run of a command for the news of that id: the text on its standard input, the rest in its environment."""

    id: str
    command: str
    text: str
    environ: Mapping[str, str]

    def run(self, directory: Path) -> None:
        """Run it to its end. What goes wrong stands in the runner's log, since nobody else would read it."""
        try:
            code = subprocess.run(
                ["sh", "-c", self.command],  # the user's own words, for a shell
                check=False,
                cwd=directory,
                encoding="utf-8",
                env={**os.environ, **self.environ},
                input=f"{self.text}\n",
                timeout=PATIENCE,
            ).returncode
        except (OSError, subprocess.TimeoutExpired) as error:
            sys.stderr.write(f"notify: {error}\n")
        else:
            if code:
                sys.stderr.write(f"notify: {self.command!r} ended with code {code}\n")


@dataclasses.dataclass(frozen=True, slots=True)
class Notices:
    """The calls of one town."""

    store: Store
    home: Home
    convoys: Convoys
    polecats: Polecats
    under_way: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    """Convoys and ids of the calls that this process makes or has made."""
    _threads: list[threading.Thread] = dataclasses.field(default_factory=list)

    @property
    def busy(self) -> bool:
        """Whether a command runs that this process started."""
        return any(each.is_alive() for each in self._threads)

    def command(self) -> str:
        """The command of the town; empty where there is none."""
        found = self.store.resource(_COMMAND, _TOWN)
        return str(found["command"]) if found else ""

    def name(self, command: str) -> None:
        """Set the command of the town; an empty one ends the calls."""
        self.store.put_resource({"kind": _COMMAND, "metadata": {"name": _TOWN}, "command": command})

    def expect(self, convoy: str) -> None:
        """Remember that calls are to be made for a convoy, before anything happens in it."""
        if self._command_of(convoy):
            with self.store.transaction():
                _note(self.store, convoy)

    def call(self, convoy: str) -> None:
        """Run the command for what is new of a convoy, each in the background."""
        for each in self.due(convoy):
            if (convoy, each.id) not in self.under_way:
                self.under_way.add((convoy, each.id))
                self._threads.append(threading.Thread(target=self._make, args=(convoy, each)))
                self._threads[-1].start()

    def call_owed(self) -> None:
        """Make the calls of convoys that ended, and whose runner did not live to make them."""
        for name in self.store.readable.each(self.store.names(CALLS), self._owed):
            if name:
                self.call(name)

    def _owed(self, name: str) -> str:
        """The convoy itself, where it has ended and nobody was told; else nothing."""
        stored = self.store.resource("Convoy", name)
        attempt = str(stored["spec"].get("attempt", 0)) if stored else ""
        end = News(kind=Kind.END, convoy=name, rig="", version=attempt, text="").id
        owed = (
            stored
            and end not in _told(self.store, name)
            and not daemon.alive(self.home, name)
            and self.convoys.get(name).status.ended
        )
        return name if owed else ""

    def due(self, name: str) -> list[Call]:
        """What is to be told now: it is due until it is noted."""
        command = self._command_of(name)
        if not command:
            return []
        convoy, told = self.convoys.get(name), _told(self.store, name)
        return [
            Call(each.id, command, each.text, _environ(each, convoy.spec.notify_on_complete))
            for each in news(convoy, self.polecats.of_convoy(name))
            if each.id not in told
        ]

    def _command_of(self, name: str) -> str:
        stored = self.store.resource("Convoy", name) or {"metadata": {}}
        return (stored["metadata"].get("annotations") or {}).get(labels.NOTIFY) or self.command()

    def _make(self, convoy: str, call: Call) -> None:
        call.run(self.home.root)
        store = Store(self.home.database)  # SQLite's connections belong to their thread
        try:
            with store.transaction():
                if store.resource("Convoy", convoy):
                    _note(store, convoy, call.id)
        except Unavailable as error:
            sys.stderr.write(f"notify: {error}\n")
        finally:
            store.close()


def _told(store: Store, convoy: str) -> set[str]:
    return set((store.resource(CALLS, convoy) or {"ids": ()})["ids"])


def _note(store: Store, convoy: str, *ids: str) -> None:
    told = sorted(_told(store, convoy).union(ids))
    store.put_resource({"kind": CALLS, "metadata": {"name": convoy}, "ids": told})


def _environ(told: News, address: str) -> dict[str, str]:
    """`GASTOWN_NOTIFY_TO` is whom the convoy's `notifyOnComplete` names, at the end only."""
    return {
        "GASTOWN_EVENT": str(told.kind),
        "GASTOWN_CONVOY": told.convoy,
        "GASTOWN_RIG": told.rig,
        "GASTOWN_BEAD": told.bead,
        "GASTOWN_TEXT": told.text,
        "GASTOWN_NOTIFY_TO": address if told.kind is Kind.END else "",
    }
