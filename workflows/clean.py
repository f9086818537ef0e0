"""Text of others, made fit for a terminal: no control sequence reaches it, except colours where a log keeps them."""

import json
import re

_SEQUENCES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # cursor, screen, modes
    r"|\x9b[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"  # title, clipboard, device strings
    r"|\x1b[ -/]*[0-~]"
)
_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Controls, what turns the order of letters, and letters that are not seen. Joiners are not among them: scripts and emoji need those."""

_LAID_OUT = re.compile(_HIDDEN.pattern.replace("\x00-\x1f", "\x00-\x08\x0b-\x1f"))
"""As `_HIDDEN`, without tab and newline."""

_RUNS = re.compile(f"(?:{_LAID_OUT.pattern})+")


def plain(text: str) -> str:
    """One line without a control character: for titles, ids, summaries, errors, commit messages."""
    shown = _HIDDEN.sub(" ", _SEQUENCES.sub("", text)) if _HIDDEN.search(text) else text
    return " ".join(shown.split())


def lines(text: str) -> str:
    """Lines without a control character, laid out as they were: for summaries and messages that are read outside of a log."""
    return _RUNS.sub("", _SEQUENCES.sub("", text)) if _LAID_OUT.search(text) else text


def printable(text: str) -> str:
    """Lines of a log. Of all control sequences only colours pass; what a carriage return overwrites is left out."""
    if not _LAID_OUT.search(text):
        return text
    return "\n".join(_coloured(line) for line in text.replace("\r\n", "\n").split("\n"))


def as_json(value: object) -> str:
    """A value as people and programs read it on a terminal."""
    return escaped(json.dumps(value, indent=2, ensure_ascii=False))


def escaped(document: str) -> str:
    """A JSON document in which no character is hidden: the same value, with escapes for what a terminal would take for a command."""
    return _LAID_OUT.sub(lambda found: "".join(f"\\u{unit:04x}" for unit in _units(found[0])), document)


def clip(text: str, size: int) -> str:
    """The text within so many bytes of UTF-8, an ellipsis where it was cut."""
    raw = text.strip().encode("utf-8", "replace")
    if len(raw) <= size:
        return raw.decode("utf-8")
    return raw[: size - 3].decode("utf-8", "ignore") + "…"


def _units(character: str) -> tuple[int, ...]:
    """UTF-16 code units, as JSON writes a character."""
    code = ord(character)
    if code < 0x10000:
        return (code,)
    return 0xD800 + (code - 0x10000 >> 10), 0xDC00 + (code - 0x10000 & 0x3FF)


def _coloured(line: str) -> str:
    shown = line.rstrip("\r").rpartition("\r")[2]
    colours = _COLOUR.findall(shown)
    parts = (_RUNS.sub("", _SEQUENCES.sub("", part)) for part in _COLOUR.split(shown))
    return "".join(f"{part}{colour}" for part, colour in zip(parts, [*colours, ""], strict=True))
