"""The few forms that a readable line has, whichever agent it comes from."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from workflows.clean import clip, plain, printable

LONGEST = 400
"""Bytes of a command, a path or a complaint that are shown; the raw stream has the rest."""

AGAIN = "asking the model again after status "
"""Begins the line of an agent that tries a call of its model once more by itself."""

_PATHS = ("file_path", "filePath", "path", "absolute_path", "notebook_path", "filename")
_COMMANDS = ("command", "cmd", "script")
_SUBJECTS = ("pattern", "query", "url", "description", "prompt", "name")
_SHELLS = frozenset(
    "bash shell run_shell_command exec_command local_shell execute_command run_command".split()
)


class Line(NamedTuple):
    """One line. `wrong` tells that the agent complains."""

    text: str
    wrong: bool = False


def spoken(text: object) -> tuple[Line, ...]:
    """What the agent says, line by line."""
    if not isinstance(text, str):
        return ()
    return tuple(Line(printable(each)) for each in text.splitlines() if each.strip())


def tool(name: object, arguments: object) -> tuple[Line, ...]:
    """A call of a tool: a command as a command, a file by its path, anything else by its first telling argument."""
    told: Mapping[str, Any] = arguments if isinstance(arguments, dict) else {}
    word = str(name)
    command = _first(told, _COMMANDS)
    if command and word.lower() in _SHELLS:
        return command_line(command)
    subject = _first(told, _PATHS) or command or _first(told, _SUBJECTS)
    if not subject and told:
        subject = json.dumps(told, ensure_ascii=False)
    return (Line(_short(f"[{word}] {subject}" if subject else f"[{word}]")),)


def command_line(command: str) -> tuple[Line, ...]:
    """A command that a shell runs."""
    return (Line(_short(f"$ {command}")),)


def failed(words: object) -> tuple[Line, ...]:
    """A tool that did not do its work: its first words."""
    text = words if isinstance(words, str) else json.dumps(words, ensure_ascii=False)
    return (Line(_short(f"  ! {text}")),)


def complaint(words: object) -> tuple[Line, ...]:
    """What the agent says is wrong."""
    return (Line(_short(f"error: {words}"), wrong=True),)


def closing(*, turns: object = None, tokens: float = 0, cost: object = None) -> tuple[Line, ...]:
    """The end of a run, with what it took."""
    parts = [
        f"{turns} turns" if turns else "",
        f"{tokens:,.0f} tokens" if tokens else "",
        f"${cost:.4f}" if isinstance(cost, (int, float)) and cost else "",
    ]
    return (Line("done: " + (", ".join(filter(None, parts)) or "no figures")),)


def number(told: object, *keys: str) -> float:
    """The sum of some numbers of an object; what is none counts nothing."""
    if not isinstance(told, dict):
        return 0
    return sum(float(told[key]) for key in keys if isinstance(told.get(key), (int, float)))


def _first(told: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    for key in keys:
        value = told.get(key)
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
            return " ".join(value)
    return ""


def _short(text: str) -> str:
    line = plain(text[: LONGEST * 4]) if text.strip() else ""
    indent = text[: len(text) - len(text.lstrip())]
    return indent + clip(line, LONGEST)
