"""opencode's `run --format json`."""

from typing import Any

from workflows.transcript.dialects.lines import Line, closing, complaint, failed, number, spoken, tool


def lines(told: dict[str, Any]) -> tuple[Line, ...]:
    """Lines of one object."""
    kind, part = told.get("type"), told.get("part")
    if kind == "error":
        return complaint(_words(told.get("error")))
    if not isinstance(part, dict):
        return ()
    if kind == "text":
        return spoken(part.get("text"))
    if kind == "tool_use":
        state = part.get("state")
        return _tool(part.get("tool"), state if isinstance(state, dict) else {})
    if kind == "step_finish" and part.get("reason") == "stop":
        return closing(tokens=number(part.get("tokens"), "total"), cost=part.get("cost"))
    return ()


def _tool(name: object, state: dict[str, Any]) -> tuple[Line, ...]:
    called = tool(name, state.get("input"))
    if state.get("status") == "error":
        return (*called, *failed(state.get("error")))
    metadata = state.get("metadata")
    code = metadata.get("exit") if isinstance(metadata, dict) else None
    return (*called, *failed(f"exit {code}: {state.get('output', '')}")) if code else called


def _words(error: object) -> object:
    if not isinstance(error, dict):
        return error
    data = error.get("data")
    return (
        (data.get("message") if isinstance(data, dict) else None) or error.get("message") or error.get("name")
    )
