"""Codex's `exec --json`."""

from typing import Any

from workflows.transcript.dialects.lines import (
    Line,
    closing,
    command_line,
    complaint,
    failed,
    number,
    spoken,
    tool,
)


def lines(told: dict[str, Any]) -> tuple[Line, ...]:
    """Lines of one object."""
    kind, item = told.get("type"), told.get("item")
    if kind == "item.started" and isinstance(item, dict):
        return _begun(item)
    if kind == "item.completed" and isinstance(item, dict):
        return _ended(item)
    if kind == "turn.completed":
        return closing(tokens=number(told.get("usage"), "input_tokens", "output_tokens"))
    if kind == "turn.failed":
        error = told.get("error")
        return complaint(error.get("message") if isinstance(error, dict) else error)
    if kind == "error":
        return complaint(told.get("message"))
    return ()


def _begun(item: dict[str, Any]) -> tuple[Line, ...]:
    kind = item.get("type")
    if kind == "command_execution":
        return command_line(str(item.get("command", "")))
    if kind == "mcp_tool_call":
        return tool(f"{item.get('server', '')}.{item.get('tool', '')}", item.get("arguments"))
    if kind == "web_search":
        return tool("web_search", {"query": item.get("query", "")})
    return ()


def _ended(item: dict[str, Any]) -> tuple[Line, ...]:
    kind = item.get("type")
    if kind == "agent_message":
        return spoken(item.get("text"))
    if kind == "command_execution" and item.get("exit_code"):
        return failed(f"exit {item['exit_code']}: {item.get('aggregated_output', '')}")
    if kind == "file_change":
        changes = item.get("changes")
        return tuple(
            line
            for each in (changes if isinstance(changes, list) else [])
            if isinstance(each, dict)
            for line in tool(each.get("kind", "change"), {"path": each.get("path", "")})
        )
    return ()
