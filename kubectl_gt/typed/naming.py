"""What convoys and beads are called when nobody names them: functions of what they hold, so the same work finds itself again."""

import hashlib
import itertools
import re
from collections.abc import Collection, Iterable

from workflows.plan.trains import NAME_LENGTH
from workflows.polecats import THEMES

DIGEST = 6
_FOREIGN = re.compile(r"[^a-z0-9]+")


def polecat_name(theme: str, taken: Collection[str]) -> str:
    """The first name of a theme that is free; when all are taken, the first one that is free with a number behind it."""
    names = THEMES[theme]
    number = 1
    while True:
        for name in names:
            numbered = name if number == 1 else f"{name}-{number}"
            if numbered not in taken:
                return numbered
        number += 1


def convoy_name(description: str, beads: Iterable[str]) -> str:
    """`<description as a slug>-<hash of the beads>`."""
    digest = _digest("\n".join(sorted(beads)), DIGEST)
    slug = _FOREIGN.sub("-", description.lower()).strip("-") or "convoy"
    return f"{slug[: NAME_LENGTH - DIGEST - 1].rstrip('-')}-{digest}"


def text_bead(text: str, merged: Collection[str]) -> str:
    """The id of a task that is given in words. The same words again find themselves until they are merged; then they are new work."""
    first = f"text-{_digest(text, 8)}"
    names = itertools.chain([first], (f"{first}.{number}" for number in itertools.count(2)))
    return next(name for name in names if name not in merged)


def _digest(text: str, size: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:size]
