"""Whether a delivery comes from who knows the secret: over the raw bytes, in constant time, before anything is parsed.

The kind of forge is known from the rig, so each checks one header: Bitbucket's `X-Hub-Signature` is SHA-256 and
GitHub's header of that name is SHA-1, and Gitea sends GitHub's headers besides its own.
"""

import base64
import binascii
import datetime
import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NewType

from crds.forges import ForgeKind
from events.errors import Unsigned

Secret = NewType("Secret", str)
Now = Callable[[], datetime.datetime]

HEADERS: Mapping[ForgeKind, tuple[str, str]] = {
    "github": ("x-hub-signature-256", "sha256="),
    "gitea": ("x-gitea-signature", ""),
    "forgejo": ("x-forgejo-signature", ""),
    "bitbucket": ("x-hub-signature", "sha256="),
    "bitbucketServer": ("x-hub-signature", "sha256="),
}
"""Where each forge writes the HMAC-SHA-256 of the body, and what stands before its digits."""

DIGITS = hashlib.sha256().digest_size * 2

TOKEN = "x-gitlab-token"  # noqa: S105 - the name of a header
STANDARD = ("webhook-id", "webhook-timestamp", "webhook-signature")
WHSEC = "whsec_"
TOLERANCE = 300.0
"""Seconds that the clock of a Standard Webhooks sender may be off."""


@dataclass(slots=True)
class Verification:
    """Takes the body piece by piece; `passed` tells at the end. Nothing but hashes is kept of it."""

    _hashes: list[hmac.HMAC]
    _expected: Callable[[Sequence[hmac.HMAC]], bool]

    def update(self, piece: bytes) -> None:
        """The next piece of the body."""
        for each in self._hashes:
            each.update(piece)

    def passed(self) -> bool:
        """Whether the whole body was signed with one of the secrets."""
        return self._expected(self._hashes)


def verification(
    kind: ForgeKind, headers: Mapping[str, str], secrets: Sequence[Secret], *, now: Now
) -> Verification:
    """How to check a delivery with these headers, found by names in lower case. Raises Unsigned before a byte of the body is read."""
    usable = [each for each in secrets if each]
    if not usable:
        raise Unsigned(
            "no secret for webhooks of the rig is here: set its webhookSecretRef and list the Secret in the chart's events.secrets; "
            "the kubelet brings a new one within two minutes"
        )
    if kind == "gitlab":
        if all(headers.get(each) for each in STANDARD):
            return standard(headers, usable, now=now)
        return _token(headers, usable)
    name, prefix = HEADERS[kind]
    told = headers.get(name, "")
    if kind == "forgejo" and not told:  # before its own name it used Gitea's
        name, told = "x-gitea-signature", headers.get("x-gitea-signature", "")
    digits = told.removeprefix(prefix)
    if not told.startswith(prefix) or len(digits) != DIGITS or not digits.isascii():
        raise Unsigned(f"no signature in {name}; give the webhook the secret of the rig")
    hashes = [hmac.new(each.encode(), digestmod=hashlib.sha256) for each in usable]
    return Verification(
        hashes, lambda found: _any([hmac.compare_digest(digits, each.hexdigest()) for each in found])
    )


def _token(headers: Mapping[str, str], secrets: Sequence[Secret]) -> Verification:
    """GitLab's older way sends the secret itself, so the body plays no part."""
    told = headers.get(TOKEN, "")
    if not told or not _any(
        hmac.compare_digest(told.encode(errors="replace"), each.encode()) for each in secrets
    ):
        raise Unsigned(f"no right token in {TOKEN}; give the webhook the secret of the rig")
    return Verification([], lambda _: True)


def standard(headers: Mapping[str, str], secrets: Sequence[Secret], *, now: Now) -> Verification:
    """Standard Webhooks: `v1,<base64>` over id, time and body. Raises Unsigned for a wrong form or an old time."""
    name, moment, told = (headers.get(each, "") for each in STANDARD)
    if not (moment.isascii() and moment.isdecimal() and len(moment) < 12):
        raise Unsigned("webhook-timestamp is no time")
    if abs(now().timestamp() - int(moment)) > TOLERANCE:
        raise Unsigned("webhook-timestamp is more than five minutes off; is the clock right?")
    given = [_bytes(each.removeprefix("v1,")) for each in told.split()[:8] if each.startswith("v1,")]
    if not name or not given:
        raise Unsigned("webhook-signature holds no signature of version 1")
    hashes = [hmac.new(key(each), digestmod=hashlib.sha256) for each in secrets]
    found = Verification(
        hashes, lambda done: _any(hmac.compare_digest(one, each.digest()) for one in given for each in done)
    )
    found.update(f"{name}.{moment}.".encode(errors="replace"))
    return found


def signed(secret: Secret, *, name: str, moment: int, body: bytes) -> dict[str, str]:
    """The headers of Standard Webhooks for what we send."""
    whole = f"{name}.{moment}.".encode() + body
    code = base64.b64encode(hmac.digest(key(secret), whole, "sha256")).decode()
    return dict(zip(STANDARD, (name, str(moment), f"v1,{code}"), strict=True))


def bearer(headers: Mapping[str, str], secrets: Sequence[Secret]) -> bool:
    """Whether the Authorization header carries one of the secrets."""
    scheme, _, told = headers.get("authorization", "").partition(" ")
    right = [hmac.compare_digest(told.encode(errors="replace"), each.encode()) for each in secrets if each]
    return scheme.lower() == "bearer" and any(right)


def key(secret: Secret) -> bytes:
    """The key of a Standard Webhooks secret: base64 behind `whsec_`, else the text itself."""
    if secret.startswith(WHSEC):
        return _bytes(secret.removeprefix(WHSEC)) or secret.encode()
    return secret.encode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _any(results: Iterable[bool]) -> bool:
    """True when one is true; all are worked out, so that the time tells nothing."""
    return any([*results])
