"""`events serve` and `events poll`: the events of this machine's rigs."""

import asyncio
import hashlib
import logging
import signal
import socket

import click

from kubectl_gt.cli.arguments import Whole
from kubectl_gt.cli.command import Verb, program_name, with_town
from kubectl_gt.durations import Duration
from kubectl_gt.errors import WrongPlace
from kubectl_gt.exits import Exit
from kubectl_gt.town import Town
from workflows.clean import plain

POLL = 60.0


@click.command(
    cls=Verb,
    examples=(
        "events serve",
        "events serve --listen 0.0.0.0",
        "events serve --sink https://hooks.example.com/gastown",
    ),
)
@click.option("--listen", default="127.0.0.1", help="Address to listen on; 0.0.0.0 for a forge elsewhere.")
@click.option("--port", type=Whole(0, 65535), default=8080, help="Port to listen on; 0 for a free one.")
@click.option("--poll", type=Duration(), default="1m", help="Time between two looks at what no webhook told.")
@click.option("--hold", is_flag=True, help="Make convoys without starting them; `convoy resume` does.")
@click.option(
    "--sink",
    "sinks",
    multiple=True,
    metavar="URL",
    help="Tell this address what happens, as CloudEvents; signed with the file secrets/events/sink of the town, where it is there. Repeatable.",
)
@click.option(
    "--sink-format",
    type=click.Choice(["cloudevents", "cdevents"]),
    default="cloudevents",
    help="The vocabulary of what sinks are told.",
)
@with_town
def serve(
    town: Town,
    listen: str,
    port: int,
    poll: float | None,
    *,
    sinks: tuple[str, ...],
    sink_format: str,
    hold: bool,
) -> None:
    """Take webhooks and CloudEvents for the rigs of this machine, and look for what was lost, until it is told to stop."""
    from kubectl_gt.machine.events import service  # noqa: PLC0415 - aiohttp, for what serves only

    _on_machine(town)
    _log()
    told = [_sink(each, sink_format) for each in sinks]
    settings = {"listen": listen, "port": port, "poll": poll or POLL, "sinks": told}

    def ready(found: int, _: int) -> None:
        click.echo(
            f"Listening on http://{listen}:{found}/hooks/<rig> and /events; stop with Ctrl-C.", err=True
        )

    async def run() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await service(settings, hold=hold).run(stop, ready=ready)

    try:
        asyncio.run(run())
    except (socket.gaierror, UnicodeError) as error:
        # The second for a name that no name server could be asked for.
        raise click.UsageError(f"--listen {listen}: no such address; name one of this machine") from error


@click.command(cls=Verb, examples=("events poll", "events poll --every 1m"))
@click.option("--every", type=Duration(), help="Go on, with this time between two looks; once when absent.")
@click.option("--hold", is_flag=True, help="Make convoys without starting them; `convoy resume` does.")
@with_town
def poll(town: Town, every: float | None, *, hold: bool) -> Exit:
    """Ask the forges of this machine's rigs what happened and sling it: where no webhook comes through, as on a laptop."""
    from kubectl_gt.machine.events import poll_once  # noqa: PLC0415 - aiohttp, for what serves only

    _on_machine(town)
    _log()

    async def run() -> None:
        while True:
            decisions = await poll_once(hold=hold)
            if every is None and not decisions:
                click.echo(f"Nothing to sling: {_connected(town)}.")
            for decision in decisions:
                click.echo(f"{decision.rig}/{decision.trigger}: {plain(decision.message)}")
            if every is None:
                return
            await asyncio.sleep(every)

    asyncio.run(run())
    return Exit.OK


def _connected(town: Town) -> str:
    """Why there was nothing: what a look at the forges is worth."""
    names = [each.metadata.name for each in town.rigs.all() if each.spec.triggers]
    if not names:
        return f"no rig has triggers; `{program_name()} rig connect` makes them"
    return f"nothing new at the forge of {', '.join(names)}"


def _sink(url: str, form: str) -> dict[str, str]:
    """A sink is known by its address: the same one finds its outbox again."""
    from kubectl_gt.machine.events import SINK_SECRET, signs  # noqa: PLC0415 - aiohttp, for what serves only

    if not url.startswith(("http://", "https://")):
        raise click.UsageError(f"--sink {url}: an address begins with http:// or https://")
    name = f"sink-{hashlib.sha256(url.encode()).hexdigest()[:12]}"
    return {"name": name, "url": url, "format": form, "secret": SINK_SECRET if signs() else ""}


def _on_machine(town: Town) -> None:
    if not town.on_machine:
        raise WrongPlace(
            f"in a cluster the chart's gastown-events does this; here it is `{program_name()} --local events`"
        )


def _log() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s %(rig)s %(detail)s", defaults=FIELDS))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


FIELDS = {"rig": "", "detail": ""}
"""What a line shows of a record besides its message, where the record has it."""
