"""Calling the user: the command that they named for a convoy, or for the whole town, run once for each thing worth a call."""

import dataclasses
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from workflows import labels
from workflows.local.convoys import Convoys
from workflows.local.home import Home
from workflows.local.polecats import Polecats
from workflows.local.records import CALLS
from workflows.local.store import Store
from workflows.news import Kind, News, news

PATIENCE = 30.0
"""Seconds that a command may take; the runner's end waits for it."""

_COMMAND, _TOWN = "NotifyCommand", "town"
"""Kind and name under which the store keeps the town's command."""


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """One run of a command: the text on its standard input, the rest in its environment."""

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

    def command(self) -> str:
        """The command of the town; empty where there is none."""
        found = self.store.resource(_COMMAND, _TOWN)
        return str(found["command"]) if found else ""

    def name(self, command: str) -> None:
        """Set the command of the town; an empty one ends the calls."""
        self.store.put_resource({"kind": _COMMAND, "metadata": {"name": _TOWN}, "command": command})

    def call(self, convoy: str) -> None:
        """Run the command for what is new of a convoy, each in the background. What was noted and then killed is not told again."""
        for each in self.due(convoy):
            threading.Thread(target=each.run, args=(self.home.root,)).start()

    def due(self, name: str) -> list[Call]:
        """What is to be told now, and told only once: it counts as told from here on."""
        stored = self.store.resource("Convoy", name) or {"metadata": {}}
        own = (stored["metadata"].get("annotations") or {}).get(labels.NOTIFY)
        command = own or self.command()
        if not command:
            return []
        convoy = self.convoys.get(name)
        told = set((self.store.resource(CALLS, name) or {"ids": ()})["ids"])
        fresh = [each for each in news(convoy, self.polecats.of_convoy(name)) if each.id not in told]
        if fresh:
            ids = sorted(told | {each.id for each in fresh})
            self.store.put_resource({"kind": CALLS, "metadata": {"name": name}, "ids": ids})
        return [Call(command, each.text, _environ(each, convoy.spec.notify_on_complete)) for each in fresh]


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
