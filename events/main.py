"""`gastown-events`: receives webhooks and CloudEvents in a cluster, and repairs what they missed, until it is told to stop."""

import asyncio
import logging
import os
import signal
import socket
import sys
from pathlib import Path

import click
from pythonjsonlogger.json import JsonFormatter

from apiserver.credentials import connect
from events.errors import EventsError, Unconfigured
from events.metrics import Metrics
from events.outbox.publisher import Publisher
from events.secrets import Secrets
from events.service import Service
from events.settings import EventsSettings
from events.stores.apiserver import Apiserver
from events.stores.changes import Changes
from events.stores.cluster import ClusterStore, watched
from events.stores.lease import Lease
from events.stores.shelf import ConfigMaps
from workflows.clock import utc_now


@click.command()
@click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), help="A YAML file with the settings."
)
@click.option(
    "--kubeconfig",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The cluster to work on; the one that this runs in when absent.",
)
def main(config: Path | None, kubeconfig: Path | None) -> None:
    """Sling convoys at what happens on the forges of a cluster's rigs."""
    try:
        settings = EventsSettings.read(config) if config else EventsSettings()
        _log(settings.log_level)
        asyncio.run(_run(settings, kubeconfig))
    except EventsError as error:
        raise click.ClickException(str(error)) from error
    sys.exit(0)


async def _run(settings: EventsSettings, kubeconfig: Path | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with await connect(kubeconfig, refused=Unconfigured) as client:
        api = Apiserver(client)
        identity = f"{socket.gethostname()}-{os.getpid()}"
        changes = Changes(
            api, watched(settings.namespace, settings.own_namespace, sinks=bool(settings.sinks))
        )
        store = ClusterStore(api, settings.namespace, settings.own_namespace, changes)
        secrets, metrics = Secrets(settings.secrets), Metrics()
        leadership = Lease(api, settings.own_namespace, identity, settings.lease)
        publisher = Publisher(
            sinks=settings.sinks,
            town=store,
            shelf=ConfigMaps(api, settings.own_namespace, f"{settings.lease}-outbox"),
            secrets=secrets,
            leadership=leadership,
            metrics=metrics,
            now=utc_now,
        )
        publishing = (lambda: publisher.forever(pause=settings.publish),) if settings.sinks else ()
        service = Service(
            settings=settings,
            store=store,
            secrets=secrets,
            leadership=leadership,
            metrics=metrics,
            background=(changes.forever, *publishing),
        )
        await service.run(stop, ready=_ready)


def _ready(port: int, health: int) -> None:
    logging.getLogger(__name__).info("receiver listens", extra={"port": port, "health": health})


def _log(level: str) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])


if __name__ == "__main__":
    main()
