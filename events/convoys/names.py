"""The name of a convoy, from what happened: the one key that a webhook, its redelivery and a poll share.

Creating an object of that name is what makes the second of them do nothing, over any number of replicas and restarts.
"""

import hashlib
import re

from workflows.names import ConvoyName

HEAD = 24
"""How many letters of the trigger's name stand in front."""

DIGITS = 16
"""Hexadecimal digits of the hash: 64 bits."""

_FOREIGN = re.compile(r"[^a-z0-9]+")


def convoy_name(
    *, forge: str, repository: str, rig: str, trigger: str, thing: str, number: int | None
) -> ConvoyName:
    """`<trigger>[-<number>]-<hash>`. `number` is for readers; it follows from the thing."""
    parts = (forge, repository, rig, trigger, thing)
    key = "\0".join(f"{len(part)}:{part}" for part in parts)
    digest = hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()[:DIGITS]
    head = _FOREIGN.sub("-", trigger.lower()).strip("-")[:HEAD].rstrip("-") or "event"
    head = head if head[0].isalpha() else f"t-{head}"
    middle = f"-{number}" if number is not None and 0 <= number < 10**9 else ""
    return ConvoyName(f"{head}{middle}-{digest}")
