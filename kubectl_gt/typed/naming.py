"""What convoys and beads are called when nobody names them: functions of what they hold, so the same work finds itself again."""

import hashlib
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


def text_bead(text: str) -> str:
    """The id of a task that is given in words."""
    return f"text-{_digest(text, 8)}"


def _digest(text: str, size: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:size]
