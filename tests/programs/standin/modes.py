"""What the model does with a request, before any vendor's form: its mode stands in the task, as `stand-in:MODE`."""

import re
from typing import Any, NamedTuple

MODES = (
    "success",
    "auth401",
    "forbidden403",
    "rate429",
    "rate-hour",
    "overload529",
    "money-out",
    "refusal",
    "question",
    "overflow",
    "no-model",
    "cut-stream",
    "silence",
    "slow-tool",
)

_MODE = re.compile(rf"stand-in:({'|'.join(MODES)})\b")
COMMAND = "echo hello > hello.txt && git add hello.txt && git commit -q -m 'Say hello'"
SLOW = "true; sleep 60"
"""Qwen Code refuses a command that begins with a long sleep."""

DONE = "hello.txt says hello, and is committed."
QUESTION = "Which of the two files do you mean, hello.txt or README?"
REFUSAL = "I can't help with that."
SHELLS = ("Bash", "bash", "run_shell_command", "shell_command", "exec_command", "shell", "local_shell")
USED_IN, USED_CACHED, USED_OUT = 1000, 200, 50


class Tool(NamedTuple):
    """A tool of the agent's that runs commands, and what it must be given."""

    name: str
    schema: dict[str, Any]

    def arguments(self, command: str) -> dict[str, Any]:
        """The command in its place, and something harmless for all else that is required."""
        fields = self.schema.get("properties", {})
        given: dict[str, Any] = {}
        for name in ("command", "cmd"):
            if name in fields:
                listed = str(fields[name].get("type", "")).lower() == "array"
                given[name] = ["bash", "-lc", command] if listed else command
        empty = {"boolean": False, "integer": 30, "number": 30, "array": [], "object": {}}
        for name in self.schema.get("required", ()):
            kind = str(fields.get(name, {}).get("type", "string")).lower()
            given.setdefault(name, empty.get(kind, "Say hello"))
        return given


class Turn(NamedTuple):
    """The model's answer: a call of a tool, or words. `declined` tells that it would not."""

    words: str = ""
    tool: Tool | None = None
    command: str = ""
    declined: bool = False
    cut: bool = False


def mode_of(text: str) -> str:
    """The mode that a conversation asks for, the first that it names."""
    found = _MODE.search(text)
    return found[1] if found else "success"


def turn(mode: str, tools: list[Tool], *, answered: bool, text: str) -> Turn:
    """One turn. `answered` tells that a tool's result is there already."""
    if mode == "refusal":
        return Turn(words=REFUSAL, declined=True)
    if mode == "question":
        return Turn(words=QUESTION)
    shell = next((tool for name in SHELLS for tool in tools if tool.name == name), None)
    if shell is None:
        return Turn(words=_as_text(text), cut=mode == "cut-stream")
    if answered:
        return Turn(words=DONE)
    return Turn(tool=shell, command=SLOW if mode == "slow-tool" else COMMAND, cut=mode == "cut-stream")


def _as_text(text: str) -> str:
    """An agent without tools reads its edits out of the words."""
    if "*file listing*" in text:
        return "hello.txt\n```\nhello\n```\n"
    if "SEARCH/REPLACE" in text:
        return "hello.txt\n```\n<<<<<<< SEARCH\n=======\nhello\n>>>>>>> REPLACE\n```\n"
    return "Say hello"
