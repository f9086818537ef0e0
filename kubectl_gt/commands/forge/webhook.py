"""The webhook by which a forge tells of a rig's events."""

import dataclasses

import click

from forges.errors import NoRight, Unsupported
from forges.interface import Forge
from forges.model import Hook, HookEvent
from forges.transports.blocking import Blocking
from kubectl_gt.cli.command import program_name
from workflows.errors import Refused


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """Where the webhook posts to, and what it signs with; `kept` tells people where that is."""

    url: str
    secret: str
    kept: str


def connect_webhook(forge: Forge, connection: Blocking, target: Target) -> None:
    """Make it, or bring it up to date, and have it pinged. Raises Refused where the token may not."""
    try:
        hook = connection.run(forge.hooks.register(target.url, secret=target.secret, events=tuple(HookEvent)))
    except NoRight as error:
        raise Refused(
            f"webhook: {error}; give --admin-token-file with a token that may administer the repository, or make it by"
            f" hand: {target.url}, JSON, the secret is {target.kept}"
        ) from error
    click.echo(f"Webhook {hook.id} posts to {hook.url}")
    click.echo(_ping(forge, connection, hook))


def _ping(forge: Forge, connection: Blocking, hook: Hook) -> str:
    try:
        connection.run(forge.hooks.ping(hook))
    except Unsupported as error:
        return f"No ping: {error}"
    return f"Ping sent; `{program_name()} rig status` tells when it came"
