"""The board on a terminal: drawn anew when the town or a key asks for it, until q or Ctrl-C."""

import contextlib
import time
from collections.abc import Callable, Iterator

import click
from rich.console import Console, Group
from rich.live import Live

from crds import Polecat
from kubectl_gt.show import console
from kubectl_gt.top import board, drawing, keys
from kubectl_gt.top.board import Entry
from kubectl_gt.top.keys import Do, State
from kubectl_gt.top.terminal import Keyboard
from kubectl_gt.town import LogRequest, Town
from workflows.clean import printable
from workflows.clock import utc_now
from workflows.errors import WorkflowsError

TAIL = 500
"""Last lines of a log that the pager gets."""

FRAME = 0.5
"""Seconds between two drawings: the clocks run although nothing changes."""


def show(town: Town) -> None:
    """The board, live on a terminal; in a pipe once, as it is."""
    screen = console.stdout()
    if not console.is_interactive():
        entries = _look(town)
        for line in drawing.picture(entries, None, utc_now(), width=screen.width, height=None):
            click.echo(line.plain.rstrip())
        return
    with contextlib.suppress(KeyboardInterrupt):
        _Screen(town, screen).run()


def _look(town: Town) -> tuple[Entry, ...]:
    return board.board(town.convoys.all(), town.polecats.all(), utc_now())


class _Screen:
    def __init__(self, town: Town, screen: Console) -> None:
        self._town = town
        self._screen = screen
        self._entries: tuple[Entry, ...] = ()
        self._state = State()
        self._next = 0.0

    def run(self) -> None:
        """Until q."""
        keyboard, wanted = Keyboard(), Do.NOTHING
        while wanted is not Do.QUIT:
            # The pager gets the terminal as the shell left it.
            with keyboard.by_key(), Live(console=self._screen, screen=True, auto_refresh=False) as live:
                wanted = self._until_away(keyboard, live)
            if wanted is not Do.QUIT:
                self._told(self._page, wanted)

    def _until_away(self, keyboard: Keyboard, live: Live) -> Do:
        """Draw and take keys until one leads away from the board."""
        wanted = Do.NOTHING
        while wanted not in (Do.QUIT, Do.LOG, Do.DIFF):
            self._refresh()
            live.update(self._picture(), refresh=True)
            key = keyboard.read(FRAME)
            if key:
                self._state, wanted = keys.press(self._state, self._entries, key)
            if wanted in (Do.STOP, Do.RESUME):
                self._told(self._steer, wanted)
                self._next, wanted = 0.0, Do.NOTHING
        return wanted

    def _refresh(self) -> None:
        """Look at the town when it is time; a large one takes long, and its agents need the processor."""
        began = time.monotonic()
        if began < self._next:
            return
        try:
            self._entries = _look(self._town)
        except WorkflowsError as error:
            self._say(str(error))
        self._state = keys.settle(self._state, self._entries)
        now = time.monotonic()
        self._next = now + max(self._town.pause, 3 * (now - began))

    def _picture(self) -> Group:
        width, height = console.fit(self._screen)
        return Group(*drawing.picture(self._entries, self._state, utc_now(), width=width, height=height))

    def _told(self, act: Callable[[Entry, Do], None], wanted: Do) -> None:
        """Do something with the chosen line; what goes wrong is said on the board."""
        entry = keys.chosen(self._state, self._entries)
        if entry is not None:
            try:
                act(entry, wanted)
            except WorkflowsError as error:
                self._say(str(error))

    def _page(self, entry: Entry, wanted: Do) -> None:
        click.echo_via_pager(self._text(entry, wanted))

    def _steer(self, entry: Entry, wanted: Do) -> None:
        name = entry.seen.name
        if wanted is Do.STOP:
            self._town.convoys.stop(name)
            self._say(f"convoy {name} stops; its work is pushed")
        else:
            after = self._town.convoys.resume(name)
            self._say(f"convoy {name} goes on at {after.status.progress}")

    def _text(self, entry: Entry, wanted: Do) -> Iterator[str]:
        polecat = self._polecat(entry)
        if wanted is Do.LOG:
            lines = self._town.log(polecat, LogRequest(tail=TAIL))
        else:
            branch = polecat.status.branch or f"polecat/{polecat.spec.bead_id}"
            lines = iter(self._town.rigs.difference(polecat.spec.rig, branch).splitlines())
        # Read before the pager starts, so that what goes wrong is told on the board.
        return iter([f"{printable(line.rstrip())}\n" for line in lines] or ["nothing yet\n"])

    def _polecat(self, entry: Entry) -> Polecat:
        row = entry.row or entry.seen.rows[0]
        return self._town.polecats.get(row.polecat, rig=row.rig or None)

    def _say(self, text: str) -> None:
        self._state = State(key=self._state.key, index=self._state.index, says=text)
