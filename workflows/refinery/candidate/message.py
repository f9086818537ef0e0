"""What the target's history says of a bead: its title, what was done, and where it came from. Pure."""

import re
from collections.abc import Iterable

from workflows.clean import plain
from workflows.refinery.queue.order import Queued

BEAD_TRAILER = "Gastown-Bead"
"""The trailer that names the bead."""

HEAD_TRAILER = "Gastown-Head"
"""The trailer that names the published commit: what a squash was made of."""

_PEOPLE = re.compile(r"^[A-Za-z][A-Za-z-]*-by$")
_PERSON = re.compile(r"^.*\S.*<[^<>]*>$")
_WIDTH = 100
_LISTED = 20


def message(
    queued: Queued, *, gates: Iterable[str] = (), people: Iterable[str] = (), subjects: Iterable[str] = ()
) -> str:
    """The message of a bead's one commit. `people` are trailers of the commits that it is made of, `subjects` their first lines: they
    say what was done where the agent did not.
    """
    entry = queued.entry
    title = plain(entry.title)
    subject = f"{title} ({entry.bead})" if title else entry.bead
    body = _body(entry.summary, title) or _list(subjects, title)
    parts = [subject, *([body] if body else []), "\n".join([*traces(queued, gates), *people])]
    return "\n\n".join(parts) + "\n"


def traces(queued: Queued, gates: Iterable[str] = ()) -> list[str]:
    """The trailers that trace a commit to its bead."""
    entry, passed = queued.entry, ", ".join(gates)
    trailers = {
        BEAD_TRAILER: entry.bead,
        "Gastown-Convoy": entry.convoy,
        "Gastown-Source": entry.source,
        "Gastown-Gates": passed,
        "Gastown-Cost": f"${entry.cost}" if entry.cost else "",
        HEAD_TRAILER: queued.sha,
    }
    return [f"{key}: {plain(value)}" for key, value in trailers.items() if value]


def people(trailers: Iterable[tuple[str, str]], authors: Iterable[str], own: str) -> list[str]:
    """Sign-offs and the like, each once, as they came; `authors` beside `own`, who is the commit's, are named as co-authors.

    A repository that asks for sign-offs asks for them on what is merged, and a squash of signed commits has none of its own.
    """
    found = [
        f"{key[:1].upper()}{key[1:].lower()}: {plain(value)}"
        for key, value in trailers
        if _PEOPLE.match(key) and _PERSON.match(plain(value))
    ]
    others = [f"Co-authored-by: {plain(each)}" for each in authors if each != own and _PERSON.match(each)]
    return list(dict.fromkeys([*others, *found]))


def _body(summary: str, title: str) -> str:
    """What the agent says it did, as paragraphs of whole lines; nothing where it only repeats the title."""
    lines = [plain(line) for line in summary.splitlines()]
    text = "\n".join(_wrapped(line) for line in lines).strip()
    text = re.sub(r"\n{3,}", "\n\n", text)
    return "" if plain(text) == title else text


def _list(subjects: Iterable[str], title: str) -> str:
    """The squashed commits, a line each; nothing where there is one that only repeats the title."""
    told = [line for line in dict.fromkeys(map(plain, subjects)) if line and line != title]
    more = [f"- and {len(told) - _LISTED} more"] if told[_LISTED:] else []
    return "\n".join([*(_wrapped(f"- {line}") for line in told[:_LISTED]), *more])


def _wrapped(line: str) -> str:
    """A line cut at blanks, so that a history stays readable; longer words stay whole."""
    rows = [""]
    for word in line.split(" "):
        if rows[-1] and len(rows[-1]) + 1 + len(word) > _WIDTH:
            rows.append(word)
        else:
            rows[-1] = f"{rows[-1]} {word}".strip()
    return "\n".join(rows)
