"""Errors that help: what is missing, what there is instead, and which of it was likely meant."""

import difflib
from collections.abc import Iterable

from workflows.errors import Missing

SHOWN = 10
"""How many names one line holds."""

LONGEST = 80
"""Letters of a name that is not known; a rig's or a convoy's own are fewer."""


def not_found(what: str, name: str, known: Iterable[str], *, otherwise: str, where: str = "") -> Missing:
    """The error for a name that nothing has. `what` is its kind, `otherwise` the next step where there is none at all."""
    names = list(dict.fromkeys(known))
    name = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
    if not names:
        return Missing(f"{what} {name}: not found{where}; {otherwise}")
    return Missing(f"{what} {name}: not found{where}; {choices(name, names)}")


def choices(name: str, known: Iterable[str]) -> str:
    """Which of the known names was likely meant, and which there are."""
    names = list(known)
    by_small = {each.lower(): each for each in names}
    near = difflib.get_close_matches(name.lower(), by_small, n=1, cutoff=0.6)
    meant = f"did you mean {by_small[near[0]]}? " if near else ""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{meant}there are: {', '.join(names[:SHOWN])}{more}"
