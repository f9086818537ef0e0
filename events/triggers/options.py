"""What stands behind a command in a comment: options first, then words for the agent."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from events.errors import Unreadable

_OPTION = re.compile(r"\s*--([a-z]+)(?:=|[ \t]+)(\S+)(?=\s|$)")
KNOWN = ("agent", "priority")


@dataclass(frozen=True, slots=True)
class Options:
    """What a comment asks for; None and empty where it asks for nothing."""

    agent: str = ""
    priority: int | None = None
    words: str = ""


def parse(comment: str, command: str, *, agents: Collection[str]) -> Options:
    """The options of a comment that starts with the command. Raises Unreadable, naming the option."""
    rest = comment.lstrip().removeprefix(command)
    agent, priority = "", None
    while found := _OPTION.match(rest):
        name, value = found[1], found[2]
        if name == "agent" and value in agents:
            agent = value
        elif name == "priority" and value in {"0", "1", "2", "3", "4"}:
            priority = int(value)
        else:
            known = {"agent": f"one of {', '.join(sorted(agents))}", "priority": "0 to 4"}
            wanted = f"must be {known[name]}" if name in known else f"is none of {', '.join(KNOWN)}"
            raise Unreadable(f"option --{name} {wanted}")
        rest = rest[found.end() :]
    return Options(agent, priority, rest.strip())
