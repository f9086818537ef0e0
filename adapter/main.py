"""`gastown-adapter`: runs the operator until it is told to stop."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import click

from adapter import logs
from adapter.api.argoserver import ArgoServer
from adapter.api.credentials import kopf_login
from adapter.api.gateway import ClusterGateway
from adapter.cache.kopfwatches import KopfWatches
from adapter.errors import AdapterError, Denied
from adapter.operator import Operator
from adapter.settings import AdapterSettings
from apiserver.credentials import connect


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
    """Run the operator of Gas Town on Argo: the six kinds become Workflows, and Workflows become their status."""
    try:
        settings = AdapterSettings.read(config) if config else AdapterSettings()
        logs.configure(settings.log_level)
        well = asyncio.run(_run(settings, kubeconfig))
    except AdapterError as error:
        raise click.ClickException(str(error)) from error
    sys.exit(0 if well else 1)


async def _run(settings: AdapterSettings, kubeconfig: Path | None) -> bool:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with await connect(kubeconfig, refused=Denied) as client:
        identity = f"{socket.gethostname()}-{os.getpid()}"
        operator = Operator(
            settings,
            ClusterGateway(client),
            watches=lambda deliver: KopfWatches(
                settings, deliver, lambda: kopf_login(client), identity=identity
            ),
            identity=identity,
            hydrator=ArgoServer(client, settings.argo_server) if settings.argo_server else None,
        )
        return await operator.run(stop)


if __name__ == "__main__":
    main()
