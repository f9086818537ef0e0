"""Gemini's `stream-json`."""

from typing import Any

from workflows.transcript.dialects.lines import Line, closing, complaint, failed, number, spoken, tool


def lines(told: dict[str, Any]) -> tuple[Line, ...]:
    """Lines of one object."""
    kind = told.get("type")
    if kind == "message" and told.get("role") == "assistant":
        return spoken(told.get("content"))
    if kind == "tool_use":
        return tool(told.get("tool_name"), told.get("parameters"))
    if kind == "tool_result" and told.get("status") == "error":
        error = told.get("error")
        return failed(error.get("message") if isinstance(error, dict) else told.get("output"))
    if kind == "error":
        return complaint(told.get("message"))
    if kind == "result":
        error = told.get("error")
        wrong = complaint(error.get("message")) if isinstance(error, dict) else ()
        return (*wrong, *closing(tokens=number(told.get("stats"), "total_tokens")))
    return ()
