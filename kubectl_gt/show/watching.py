"""Waiting for a convoy, or for a polecat that no convoy shows, whichever verb asks for it."""

from collections.abc import Callable

import click

from kubectl_gt.exits import Exit
from kubectl_gt.show import live
from kubectl_gt.show.snapshot import Snapshot, of_convoy, of_polecat, titles_of
from kubectl_gt.show.verdict import counts, verdict
from kubectl_gt.town import Town
from workflows.clock import utc_now
from workflows.observe import Stage


def snapshot(town: Town, name: str) -> Snapshot:
    """A convoy as it is now, with the titles of its beads."""
    convoy = town.convoys.get(name)
    return of_convoy(convoy, town.polecats.of_convoy(name), titles_of(town.graph(convoy)))


def watch(
    town: Town, name: str, *, timeout: float | None, program: str, ready: bool = False, kind: str = "convoy"
) -> Exit:
    """Show it until it ends, or with `ready` until an agent is at work. Raises TimedOut, Stalled or Missing."""
    looks = _convoy(town, name) if kind == "convoy" else lambda: of_polecat(town.polecats.get(name))
    again = f"{program} convoy watch {name}" if kind == "convoy" else f"{program} polecat status {name}"
    seen = live.wait(
        live.Wait(
            look=looks,
            enough=_started if ready else _held,
            stalled=_stalled(town, name, program) if kind == "convoy" else _alive,
            pause=town.pause,
            timeout=timeout,
            again=again,
        )
    )
    if seen is None:
        return Exit.INTERRUPTED
    if ready and _started(seen):
        return Exit.OK
    return verdict(town, seen, program=program, now=utc_now())


def until_stopped(town: Town, name: str, *, timeout: float | None, program: str) -> Exit:
    """Show a convoy that was asked to stop until its last agent has ended. Raises TimedOut, Stalled or Missing."""
    seen = live.wait(
        live.Wait(
            look=_convoy(town, name),
            enough=_never,
            stalled=_stalled(town, name, program),
            pause=town.pause,
            timeout=timeout,
            again=f"{program} convoy watch {name}",
        )
    )
    if seen is None:
        return Exit.INTERRUPTED
    click.echo(f"convoy/{name} stopped: {counts(seen)}; go on with `{program} convoy resume {name}`")
    return Exit.OK


def _convoy(town: Town, name: str) -> Callable[[], Snapshot]:
    known = titles_of(town.graph(town.convoys.get(name)))
    return lambda: of_convoy(town.convoys.get(name), town.polecats.of_convoy(name), known)


def _stalled(town: Town, name: str, program: str) -> Callable[[], str]:
    def ask() -> str:
        why = town.stalled(town.convoys.get(name))
        return f"{why}; go on with `{program} convoy resume {name}`" if why else ""

    return ask


def _started(seen: Snapshot) -> bool:
    return any(row.stage in (Stage.WORKING, Stage.MERGING, Stage.DONE) for row in seen.rows)


def _held(seen: Snapshot) -> bool:
    return bool(seen.held)


def _never(_: Snapshot) -> bool:
    return False


def _alive() -> str:
    return ""
