"""`rig connect`: a rig knows its forge, and the forge knows where its events go. Each step can be done again."""

import secrets
from pathlib import Path
from typing import TypedDict, Unpack
from urllib.parse import urlsplit

import click

from crds import Rig
from forges.interface import Ability, Forge
from forges.model import ForgeKind, MergeMethod
from forges.registry import ROWS, Address, by_git_address, connect, credentials
from forges.transports.blocking import Blocking
from kubectl_gt.cli import names
from kubectl_gt.cli.command import Verb, with_town
from kubectl_gt.commands.forge.webhook import Target, connect_webhook
from kubectl_gt.health.accounts import signed_in
from kubectl_gt.show.columns import bare
from kubectl_gt.town import Town
from workflows.clean import plain
from workflows.errors import Refused

TOKEN, SIGNS, SIGNED = "token", "webhook-secret", "webhook-secret-previous"
"""Keys of the Secret."""


class Options(TypedDict):
    """What was typed."""

    forge: str | None
    api_url: str | None
    repository: str | None
    token_file: Path
    admin_token_file: Path | None
    url: str | None
    rotate: bool
    label: str
    command: str
    mode: str | None
    method: str | None
    pods_namespace: str | None


@click.command(
    "connect",
    cls=Verb,
    examples=(
        "rig connect app --token-file token",
        "rig connect app --forge gitea --token-file token --url https://hooks.example.org",
        "rig connect app --token-file token --mode pr --pods-namespace gastown-workers",
    ),
)
@click.argument("name", shell_complete=names.rigs)
@click.option(
    "--forge",
    type=click.Choice([str(kind) for kind in ROWS]),
    help="Kind of forge; from the git address when absent.",
)
@click.option("--api-url", help="Address of the forge or of its API; not needed for the well-known sites.")
@click.option(
    "--repository", help="The repository as the forge names it, owner/name; from the git address when absent."
)
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="File with the token of the account that Gas Town works as; it needs the right to write.",
)
@click.option(
    "--admin-token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with a token that may make webhooks, where that one may not; used once and not kept.",
)
@click.option(
    "--url",
    help="Address of gastown-events as the forge reaches it; without it no webhook is made, and the forge is polled.",
)
@click.option(
    "--rotate",
    is_flag=True,
    help="Make a new secret for the webhook; the old one counts until the next time.",
)
@click.option(
    "--label", default="gastown", help="Label that slings an issue, where the rig has no triggers yet."
)
@click.option(
    "--command", default="/sling", help="Command that slings an issue, where the rig has no triggers yet."
)
@click.option(
    "--mode",
    type=click.Choice(["direct", "pr"]),
    help="How work lands from now on: pushed to the branch, or by pull request; as before when absent.",
)
@click.option(
    "--method",
    type=click.Choice([str(each) for each in MergeMethod]),
    help="How the forge merges pull requests from now on; as the refinery's style says when absent.",
)
@click.option(
    "--pods-namespace",
    help="Namespace of the pods that merge by pull request, in a cluster: the token is kept there, too.",
)
@with_town
def connect_(town: Town, name: str, **options: Unpack[Options]) -> None:
    """Connect a rig to its forge: keep the token, make the webhook with a secret, send a ping.

    A rig without triggers gets those that a label and a command need. Nothing is changed before the forge has taken the token. The same again changes nothing but what was missing.
    """
    rig = town.rigs.get(bare(name, "rig"))
    address = _address(rig, options)
    forge = connect(address)
    token = _token(options["token_file"])
    _check(forge, Blocking(credentials(token)), address)
    kept = f"{rig.metadata.name}-forge"
    secret, previous = _secrets(town, kept, rotate=options["rotate"])
    values = {TOKEN: token, SIGNS: secret, **({SIGNED: previous} if previous else {})}
    click.echo(town.secrets.keep(kept, values))
    if options["pods_namespace"]:
        click.echo(town.secrets.keep(kept, {TOKEN: token}, namespace=options["pods_namespace"]))
    spec = _spec(address, kept, previous=bool(previous))
    if not rig.spec.triggers:
        spec["triggers"] = _triggers(address.kind, label=options["label"], command=options["command"])
    changed = town.rigs.change(rig.metadata.name, spec)
    click.echo(f"rig/{rig.metadata.name} connected to {address.kind} {address.repository}")
    for each in changed.spec.triggers:
        click.echo(f"Trigger {each.name}: {each.event} {', '.join(each.labels) or each.command}".rstrip())
    if options["method"]:
        town.rigs.refine(rig.metadata.name, {"pr": {"method": options["method"]}})
        click.echo(f"Pull requests are merged by {options['method']}")
    if options["mode"]:
        town.rigs.refine(rig.metadata.name, {"mode": options["mode"]})
        click.echo(
            "Work lands by pull request" if options["mode"] == "pr" else "Work is pushed to the branch"
        )
    if options["url"]:
        admin = _token(options["admin_token_file"]) if options["admin_token_file"] else token
        target = f"{options['url'].rstrip('/')}/hooks/{rig.metadata.name}"
        connect_webhook(
            forge, Blocking(credentials(admin)), Target(target, secret, f"{SIGNS} of Secret {kept}")
        )
    else:
        click.echo("No webhook: gastown-events polls the forge. Give --url for events within a second.")


def _address(rig: Rig, options: Options) -> Address:
    """What was typed, else what the rig says, else what its git address tells."""
    known, guessed = rig.spec.forge, by_git_address(rig.spec.git_url)
    kind = options["forge"] or (known.kind if known else None) or (guessed.kind if guessed else None)
    repository = options["repository"] or (known.repository if known else None) or _path(rig.spec.git_url)
    told = options["api_url"] or (known.api_url if known else "") or (guessed.api if guessed else "")
    api = told or _site(rig.spec.git_url, kind)
    if kind is None:
        raise Refused(
            f"rig {rig.metadata.name}: {rig.spec.git_url} does not tell which forge it is; name it with --forge"
        )
    return Address(kind=ForgeKind(kind), repository=repository, api=api)


def _site(url: str, kind: str | None) -> str:
    """The site of a forge of one's own, which its git address over HTTP is on; empty for others."""
    parts = urlsplit(url)
    own = kind is not None and not ROWS[ForgeKind(kind)].site
    return (
        f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        if own and parts.scheme in {"http", "https"}
        else ""
    )


def _path(url: str) -> str:
    """owner/name from a git address, of any host."""
    rest = url.split("://", 1)[-1].split("@", 1)[-1]
    path = rest.replace(":", "/", 1).partition("/")[2] if "://" not in url else rest.partition("/")[2]
    return path.strip("/").removesuffix(".git")


def _token(file: Path) -> str:
    token = file.read_text(encoding="utf-8").strip()
    if not token or not token.isprintable():
        raise Refused(f"{file}: it holds no token; put the token alone into it")
    return token


def _check(forge: Forge, connection: Blocking, address: Address) -> None:
    me = signed_in(forge, connection)
    click.echo(f"Signed in to {address.kind} as {plain(me.account.name)} (id {me.account.id})")
    if me.unfit:
        raise Refused(me.unfit)


def _secrets(town: Town, name: str, *, rotate: bool) -> tuple[str, str]:
    """The secret that signs and, after a rotation, the one before. A repeated connect keeps both."""
    known, previous = (town.secrets.read(name, key) for key in (SIGNS, SIGNED))
    if known and not rotate:
        return known, previous
    return secrets.token_urlsafe(32), known


def _spec(address: Address, kept: str, *, previous: bool) -> dict[str, object]:
    forge = {"kind": str(address.kind), "repository": address.repository}
    if address.api:
        forge["apiURL"] = address.api
    webhook = {"name": kept, "key": SIGNS} | ({"previousKey": SIGNED} if previous else {})
    return {
        "forge": forge,
        "forgeTokenSecretRef": {"name": kept, "key": TOKEN},
        "webhookSecretRef": webhook,
    }


def _triggers(kind: ForgeKind, *, label: str, command: str) -> list[dict[str, object]]:
    """Labels where issues have labels, commands where there are issues, and commands on pull requests everywhere."""
    lacks = ROWS[kind].lacks
    found: list[dict[str, object]] = []
    if Ability.LABELS not in lacks and Ability.ISSUES not in lacks:
        found.append({"name": "labelled", "event": "IssueLabelled", "labels": [label]})
    if Ability.ISSUES not in lacks:
        found.append({"name": "commanded", "event": "Comment", "command": command})
    return [*found, {"name": "again", "event": "PullRequestComment", "command": command}]
