"""What an agent is at, from the end of its readable log: one line for a table or a status."""

import re
from collections.abc import Iterable

from workflows.clean import clip, plain

LONGEST = 200
"""Bytes of the line that stands for it."""

TAIL_LINES, TAIL_BYTES = 40, 16 << 10
"""How much of the end of a log is looked at."""

_ACTION = re.compile(r"\$ \S|\[[A-Za-z][\w.:-]*\]")
"""How `transcript.dialects.lines` writes a command, and the call of a tool."""

_OURS = "gastown: "
"""Begins a line of the launcher's companion, such as that the agent is parked."""


def last_action(lines: Iterable[str]) -> str:
    """The last command, file or tool among the lines; where there is none the last words; our own word where that is the last."""
    shown = [plain(each) for each in lines]
    told = [each for each in shown if each]
    if not told:
        return ""
    if told[-1].startswith(_OURS):
        return clip(told[-1].removeprefix(_OURS), LONGEST)
    return clip(next((each for each in reversed(told) if _ACTION.match(each)), told[-1]), LONGEST)
