"""`convoy watch`, `convoy resume`, `convoy stop` and `convoy delete`."""

import click

from kubectl_gt.cli import names
from kubectl_gt.cli.command import Verb, program_name, with_town
from kubectl_gt.durations import Duration
from kubectl_gt.exits import Exit
from kubectl_gt.show import watching
from kubectl_gt.show.columns import bare
from kubectl_gt.town import Town

named = click.argument("name", shell_complete=names.convoys)
limited = click.option(
    "--timeout", type=Duration(), default="0", help="How long to wait at most, such as 30m."
)
waited = click.option("--wait", is_flag=True, help="Show it until it ends, and exit with its outcome.")


@click.command(cls=Verb)
@named
@limited
@with_town
def watch(town: Town, name: str, timeout: float | None) -> Exit:
    """Watch a convoy until it ends, and exit with its outcome. Ctrl-C ends the watching only."""
    return watching.watch(town, bare(name, "convoy"), timeout=timeout, program=program_name())


@click.command(cls=Verb)
@named
@click.option(
    "--budget",
    type=click.FloatRange(min=0, min_open=True),
    help="US dollars that it may spend in all from now on, what it has spent included.",
)
@waited
@limited
@with_town
def resume(town: Town, name: str, *, budget: float | None, wait: bool, timeout: float | None) -> Exit:
    """Go on with a convoy: after a crash where it was, after a failure with what is left. What is merged is left alone."""
    convoy = town.convoys.resume(bare(name, "convoy"), budget=budget)
    status, known = convoy.status, convoy.metadata.name
    if status.phase == "Complete":
        click.echo(f"convoy/{known} unchanged: Complete, {status.progress}")
        return Exit.OK
    click.echo(f"convoy/{known} resumed at {status.progress}")
    return watching.watch(town, known, timeout=timeout, program=program_name()) if wait else Exit.OK


@click.command(cls=Verb)
@named
@waited
@limited
@with_town
def stop(town: Town, name: str, *, wait: bool, timeout: float | None) -> Exit:
    """Stop a convoy: its agents end, what they did so far is pushed to their branches."""
    convoy = town.convoys.stop(bare(name, "convoy"))
    status, known = convoy.status, convoy.metadata.name
    if status.phase in ("Complete", "Failed"):
        click.echo(f"convoy/{known} unchanged: {status.phase}, {status.progress}")
        return Exit.OK
    click.echo(f"convoy/{known} stopping at {status.progress}")
    if wait:
        watching.watch(town, known, timeout=timeout, program=program_name())
    return Exit.OK


@click.command(cls=Verb)
@named
@with_town
def delete(town: Town, name: str) -> None:
    """Forget a convoy. Its branches and what it merged stay."""
    known = bare(name, "convoy")
    town.convoys.delete(known)
    click.echo(f"convoy/{known} deleted")
