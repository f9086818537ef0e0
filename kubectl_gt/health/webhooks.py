"""Whether a rig's webhook is at the forge, posts to something that answers, and came through lately."""

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

from crds import Rig
from events.records.conditions import WEBHOOK
from forges.errors import Final, ForgeError, Unsupported
from forges.interface import Forge
from forges.model import Hook
from forges.transports.blocking import Blocking
from kubectl_gt.health import Check, Health
from kubectl_gt.health.conditions import heard

PATIENCE = 5.0
"""Seconds that the webhook's address has for an answer."""

ONLY_POSTS = 405
"""What our receiver says to a GET of a path that takes deliveries."""


def webhook(rig: Rig, forge: Forge, connection: Blocking, *, secret: bool) -> Check:
    """The worst that is found. `secret` is whether that which signs is there."""
    what = f"rig {rig.metadata.name}: webhook"
    try:
        hooks = [each for each in connection.run(forge.hooks.all()) if _of(rig, each)]
        if not hooks:
            return _none(what, rig)
        found = next(_troubles(hooks[0], forge, connection, secret=secret), None)
    except Final:
        return _unseen(what, rig)
    except ForgeError as error:
        return Check(what, Health.DOUBTFUL, str(error), "ask again in a while")
    url = hooks[0].url
    if found is None:
        return Check(what, Health.GOOD, f"posts to {url}, which answers")
    base = url.removesuffix(_path(rig))
    health, seen = found
    fix = f"see that {url} leads to `events serve`, then `rig connect {rig.metadata.name} --token-file FILE --url {base}`"
    return Check(what, health, seen, fix)


def _path(rig: Rig) -> str:
    return f"/hooks/{rig.metadata.name}"


def _of(rig: Rig, hook: Hook) -> bool:
    return urlsplit(hook.url).path.endswith(_path(rig))


def _none(what: str, rig: Rig) -> Check:
    """A rig may be polled on purpose; one that heard a webhook has lost it."""
    if not heard(rig):
        seen = "none posts to this rig: `events poll` and `events serve` ask the forge instead"
        return Check(what, Health.GOOD, seen)
    fix = f"`rig connect {rig.metadata.name} --token-file FILE --url URL`"
    return Check(what, Health.BAD, f"none posts to {_path(rig)} any more", fix)


def _unseen(what: str, rig: Rig) -> Check:
    """Forges show webhooks to those who administer the repository; what came through is known here."""
    last = next((each.message for each in rig.status.conditions if each.type == WEBHOOK), "")
    seen = f"the token may not look at webhooks; {last or 'none has come yet'}"
    if heard(rig):
        return Check(what, Health.GOOD, seen)
    fix = "look at the repository's settings, or give the account the right to administer it"
    return Check(what, Health.DOUBTFUL, seen, fix)


def _troubles(
    hook: Hook, forge: Forge, connection: Blocking, *, secret: bool
) -> Iterator[tuple[Health, str]]:
    if not secret:
        yield Health.BAD, "the secret that it is signed with is not there: each delivery is refused"
    if not hook.active:
        yield Health.BAD, f"webhook {hook.id} is switched off at the forge"
    try:
        last = next(iter(connection.run(forge.hooks.deliveries(hook))), None)
    except Unsupported:
        last = None
    if last is not None and not last.ok:
        answer = f"status {last.status}" if last.status else "no answer"
        yield (
            Health.BAD,
            f"the last delivery ({last.event}, {last.at:%Y-%m-%d %H:%M} UTC) to {hook.url} got {answer}",
        )
    if last is None and (trouble := _silence(hook.url)):
        yield Health.DOUBTFUL, f"{hook.url} is no receiver of Gas Town, seen from here: {trouble}"


def _silence(url: str) -> str:
    """Why the address is not our receiver; empty where it is. Nothing is posted: that would count as a delivery."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    try:
        connection = kind(parts.netloc, timeout=PATIENCE)
        try:
            connection.request("GET", parts.path)
            status = connection.getresponse().status
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        return str(error) or type(error).__name__
    return "" if status == ONLY_POSTS else f"status {status}"
