"""The refs of a queue with what their objects say, of which none costs more memory than a row may."""

from collections.abc import Callable, Iterable, Iterator

from workflows import refs
from workflows.entries import LARGEST

ALL, MOST = 32 << 20, 10_000
"""Bytes of all messages, and how many refs are read: the small ones."""

FIELDS = (
    "refname",
    "objectname",
    "*objectname",
    "*objecttype",
    "*authorname",
    "*authoremail:trim",
    "*authordate:raw",
    "committerdate:unix",
    "tree",
    # Never empty: so that only a row's end can read NUL NUL newline, whatever the contents start with.
    "objecttype",
    # A commit's message is no word of ours.
    "if:equals=tag)%(objecttype)%(then)%(contents)%(end",
)
_FORMAT = "%00".join(f"%({field})" for field in FIELDS) + "%00%00"
_SIZE = "%(objectsize) %(*objectsize) %(*objecttype) %(objectname) %(refname)"


def rows(git: Callable[..., str], *patterns: str) -> dict[str, list[str]]:
    """What for-each-ref, run by `git`, tells of these refs, by ref. One whose object is too large to be read says nothing."""
    sized = [line.split(" ", 4) for line in git("for-each-ref", f"--format={_SIZE}", *patterns).splitlines()]
    odd = {ref: name for name, ref in _too_large(sized)}
    wanted = [ref for *_, ref in sized if ref not in odd] if odd else list(patterns)
    found = {ref: [ref, name, *[""] * (len(FIELDS) - 2)] for ref, name in odd.items()}
    # Without a pattern, all refs would be told.
    return found | _read(git("for-each-ref", f"--format={_FORMAT}", *wanted)) if wanted else found


def _too_large(sized: Iterable[list[str]]) -> Iterator[tuple[str, str]]:
    """Object and ref of those that are too large, and of the largest where there are too many. The commit that a tag names is read, too."""
    ours = sorted(
        (int(size) + (int(tagged) if kind == "commit" else 0), name, ref)
        for size, tagged, kind, name, ref in sized
        if ref.startswith(f"{refs.ROOT}/")
    )
    whole = 0
    for number, (size, name, ref) in enumerate(ours):
        whole += size
        if size > LARGEST or whole > ALL or number >= MOST:
            yield name, ref


def _read(text: str) -> dict[str, list[str]]:
    told = [row.lstrip("\n").split("\0") for row in text.split("\0\0\n") if row.strip("\n\0")]
    return {row[0]: row for row in told if len(row) >= len(FIELDS)}
