"""How each agent's stream of JSON objects reads for a person: one pure function an agent, object in, lines out."""

from collections.abc import Callable, Mapping
from typing import Any

from workflows.transcript.dialects import claude, codex, copilot, gemini, opencode
from workflows.transcript.dialects.lines import Line

Dialect = Callable[[dict[str, Any]], tuple[Line, ...]]

DIALECTS: Mapping[str, Dialect] = {
    "claude": claude.lines,
    "codex": codex.lines,
    "copilot": copilot.lines,
    "gemini": gemini.lines,
    "opencode": opencode.lines,
}
"""By the word in a preset's `stream`. Qwen Code speaks Claude Code's."""

__all__ = ["DIALECTS", "Dialect", "Line"]
