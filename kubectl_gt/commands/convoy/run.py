"""`convoy watch`, `convoy resume`, `convoy stop` and `convoy delete`."""

from collections.abc import Callable

import click

from crds import Convoy
from kubectl_gt.cli import names
from kubectl_gt.cli.arguments import Amount
from kubectl_gt.cli.command import Verb, program_name, with_town
from kubectl_gt.durations import Duration
from kubectl_gt.exits import Exit
from kubectl_gt.show import watching
from kubectl_gt.show.columns import bare
from kubectl_gt.town import Town

named = click.argument("name", shell_complete=names.convoys)
several = click.argument("known", nargs=-1, metavar="[NAME]...", shell_complete=names.convoys)
limited = click.option(
    "--timeout", type=Duration(), default="0", help="How long to wait at most, such as 30m."
)
waited = click.option("--wait", is_flag=True, help="Show it until it ends, and exit with its outcome.")


@click.command(cls=Verb, examples=("convoy watch passkeys", "convoy watch passkeys --timeout 30m"))
@named
@limited
@with_town
def watch(town: Town, name: str, timeout: float | None) -> Exit:
    """Watch a convoy until it ends, and exit with its outcome. Ctrl-C ends the watching only."""
    return watching.watch(town, bare(name, "convoy"), timeout=timeout, program=program_name())


@click.command(
    cls=Verb,
    examples=(
        "convoy resume passkeys --wait",
        "convoy resume passkeys --budget 30",
        "convoy resume --all",
    ),
)
@several
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="All that nobody works on: whose runner is gone, as after a reboot, or that are suspended.",
)
@click.option(
    "--budget",
    type=Amount(min=0, min_open=True),
    help="US dollars that it may spend in all from now on, what it has spent included.",
)
@waited
@limited
@with_town
def resume(
    town: Town,
    known: tuple[str, ...],
    *,
    every: bool,
    budget: float | None,
    wait: bool,
    timeout: float | None,
) -> Exit:
    """Go on with convoys: after a crash where they were, after a failure with what is left. What is merged is left alone."""
    if budget and len(known) != 1:
        raise click.UsageError("a budget is one convoy's; name it")
    chosen = _chosen(town, known, every=every, fits=lambda convoy: _still(town, convoy))
    going = [name for name in chosen if _resume(town, name, budget=budget)]
    codes = [watching.watch(town, name, timeout=timeout, program=program_name()) for name in going if wait]
    return max(codes, default=Exit.OK)


def _still(town: Town, convoy: Convoy) -> bool:
    return not convoy.status.ended and bool(town.stalled(convoy))


def _resume(town: Town, name: str, *, budget: float | None) -> bool:
    """Go on with one; whether there is anything left of it."""
    status = town.convoys.resume(name, budget=budget).status
    complete = status.phase == "Complete"
    click.echo(
        f"convoy/{name} unchanged: Complete, {status.progress}"
        if complete
        else f"convoy/{name} resumed at {status.progress}"
    )
    return not complete


@click.command(cls=Verb, examples=("convoy stop passkeys --wait", "convoy stop --all"))
@several
@click.option("--all", "every", is_flag=True, help="All convoys that have not ended.")
@waited
@limited
@with_town
def stop(town: Town, known: tuple[str, ...], *, every: bool, wait: bool, timeout: float | None) -> Exit:
    """Stop convoys: their agents end, what they did so far is pushed to their branches."""
    chosen = _chosen(town, known, every=every, fits=lambda convoy: not convoy.status.ended)
    stopping = [name for name in chosen if _stop(town, name)]
    codes = [
        watching.until_stopped(town, name, timeout=timeout or None, program=program_name())
        for name in stopping
        if wait
    ]
    return max(codes, default=Exit.OK)


def _stop(town: Town, name: str) -> bool:
    """Ask one to stop; whether it was still under way."""
    before = town.convoys.get(name)
    if before.status.ended:
        click.echo(f"convoy/{name} unchanged: {before.status.phase}, {before.status.progress}")
        return False
    town.convoys.stop(name)
    click.echo(f"convoy/{name} stopping at {before.status.progress}")
    return True


@click.command(cls=Verb, examples=("convoy delete passkeys", "convoy delete --done"))
@several
@click.option("--done", is_flag=True, help="All that are complete.")
@click.option("--all", "every", is_flag=True, help="All that have ended, failed ones too.")
@with_town
def delete(town: Town, known: tuple[str, ...], *, done: bool, every: bool) -> None:
    """Forget convoys. Their branches and what they merged stay."""
    for name in _chosen(
        town,
        known,
        every=done or every,
        fits=lambda convoy: convoy.status.ended if every else convoy.status.phase == "Complete",
    ):
        town.convoys.delete(name)
        click.echo(f"convoy/{name} deleted")


def _chosen(town: Town, known: tuple[str, ...], *, every: bool, fits: Callable[[Convoy], bool]) -> list[str]:
    """The convoys that are named, or all that fit."""
    if known and every:
        raise click.UsageError("names and --all or --done exclude each other; give one of them")
    if known:
        return [bare(name, "convoy") for name in known]
    if not every:
        raise click.UsageError("which convoy? name one; `convoy list` shows them")
    found = [each.metadata.name for each in town.convoys.all() if fits(each)]
    if not found:
        click.echo("No convoy to do it to.", err=True)
    return found
