"""Waiting for something to end, in front of whoever waits: redrawn on a terminal, one line a change in a pipe."""

import contextlib
import dataclasses
import signal
import time
from collections.abc import Callable, Iterator

import click
from rich.console import Console, RenderableType
from rich.live import Live

from kubectl_gt.errors import Stalled, TimedOut
from kubectl_gt.show import console, table
from kubectl_gt.show.snapshot import Outcome, Row, Snapshot
from workflows.clean import plain
from workflows.clock import utc_now
from workflows.observe import Stage
from workflows.steps.pod.termination import Termination

FRAME = 0.25
"""Seconds between two frames: the clocks in the view run although nothing changes."""

QUIET = 10.0
"""Seconds between two lines about what one agent is at."""

Show = Callable[[Snapshot], None]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """What to wait for. `look` says how it is, `enough` whether that will do, `stalled` why it would never come and what to do; times in seconds.

    `again` is what to type to watch once more.
    """

    look: Callable[[], Snapshot]
    enough: Callable[[Snapshot], bool]
    stalled: Callable[[], str]
    pause: float
    timeout: float | None
    again: str


def wait(asked: Wait) -> Snapshot | None:
    """Show it until it is enough. None when Ctrl-C ended the watching and nothing else. Raises TimedOut or Stalled."""
    terminal = console.stdout().is_terminal
    with contextlib.suppress(KeyboardInterrupt):
        # Not KeyboardInterrupt for the first: raised inside a callback of an extension or a destructor, it is lost (seen once).
        with (
            Termination(signal.SIGINT) as interrupt,
            _redrawn() if terminal else contextlib.nullcontext(_Lines()) as show,
        ):
            seen = _loop(asked, show, interrupt)
        if seen is not None:
            return seen
    click.echo(f"Detached; the work goes on. Watch it again with `{asked.again}`.", err=True)
    return None


def _loop(asked: Wait, show: Show, interrupt: Termination) -> Snapshot | None:
    limit = None if asked.timeout is None else time.monotonic() + asked.timeout
    while True:
        began = time.monotonic()
        # Asked first: between the last step and its own end a runner is alive, and the convoy complete.
        stalled = asked.stalled()
        snapshot = asked.look()
        show(snapshot)
        if snapshot.outcome is not Outcome.OPEN or asked.enough(snapshot):
            return snapshot
        name = f"{snapshot.kind} {snapshot.name}"
        if stalled:
            raise Stalled(f"{name}: {stalled}")
        if limit is not None and time.monotonic() >= limit:
            raise TimedOut(
                f"{name}: not done in {asked.timeout:g} s; it goes on, watch it with `{asked.again}`"
            )
        # A large convoy takes long to look at; watching must not take a processor away from its agents.
        if interrupt.wait(max(asked.pause, 3 * (time.monotonic() - began))):
            return None


@contextlib.contextmanager
def _redrawn() -> Iterator[Show]:
    screen = console.stdout()
    last: list[Snapshot] = []

    def draw() -> RenderableType:
        width, height = console.fit(screen)
        return table.picture(last[0], utc_now(), width=width, height=height) if last else ""

    with Live(console=screen, get_renderable=draw, refresh_per_second=1 / FRAME) as live:

        def show(snapshot: Snapshot) -> None:
            if last:
                ring(last[0], snapshot, screen)
            last[:] = [snapshot]

        yield show
        live.refresh()


def ring(before: Snapshot, now: Snapshot, screen: Console) -> None:
    """Ring the terminal's bell for what is new, and say it as the terminal's own notification (OSC 9), which it shows while hidden."""
    known = {each.id for each in before.news}
    for each in now.news:
        if each.id not in known:
            screen.file.write(f"\a\x1b]9;{plain(each.text)}\x1b\\")
            screen.file.flush()


class _Lines:
    """One line for each bead whose state changed, and now and then one for what its agent is at."""

    def __init__(self) -> None:
        self._told: dict[str, Row] = {}
        self._at = 0.0
        self._when: dict[str, float] = {}

    def __call__(self, snapshot: Snapshot) -> None:
        # What ended says when it did, which is before the line is printed; the column shall not run back.
        self._at = max(self._at, snapshot.elapsed(utc_now()))
        at = table.clock(self._at)
        for row in snapshot.rows:
            before = self._told.get(row.bead)
            if (
                before is None
                or before.stage is not row.stage
                or _news(before, row)
                or self._went_on(before, row)
            ):
                click.echo(f"{at:>7}  {table.line(row)}")
                self._told[row.bead], self._when[row.bead] = row, self._at

    def _went_on(self, before: Row, row: Row) -> bool:
        return before.doing != row.doing != "" and self._at - self._when[row.bead] >= QUIET


def _news(before: Row, row: Row) -> bool:
    """Why a bead waits changes with every step of another; it is worth a line only where it is looked at."""
    return row.stage is not Stage.WAITING and before.says != row.says
