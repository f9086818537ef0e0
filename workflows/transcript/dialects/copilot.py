"""GitHub Copilot's `--output-format json`."""

from typing import Any

from workflows.transcript.dialects.lines import Line, closing, complaint, failed, spoken, tool


def lines(told: dict[str, Any]) -> tuple[Line, ...]:
    """Lines of one object."""
    kind, data = told.get("type"), told.get("data")
    if kind == "result":
        return closing()
    if not isinstance(data, dict):
        return ()
    if kind == "assistant.message":
        return spoken(data.get("content"))
    if kind == "tool.execution_start":
        return tool(data.get("toolName"), data.get("arguments"))
    if kind == "tool.execution_complete" and data.get("success") is False:
        result = data.get("error") or data.get("result")
        return failed(result.get("message") or result.get("content") if isinstance(result, dict) else result)
    if kind == "session.error":
        return complaint(data.get("message"))
    return ()
