"""Claude Code's `stream-json`, and Qwen Code's, which has the same form."""

from typing import Any

from workflows.transcript.dialects.lines import AGAIN, Line, closing, complaint, failed, number, spoken, tool

_TOKENS = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")

_REFUSED = (401, 403)
"""Statuses that asking again won't change: a complaint, and no mere delay."""


def lines(told: dict[str, Any]) -> tuple[Line, ...]:
    """Lines of one object."""
    kind = told.get("type")
    if kind in ("assistant", "user"):
        message = told.get("message")
        content = message.get("content") if isinstance(message, dict) else None
        blocks = content if isinstance(content, list) else []
        read = _said if kind == "assistant" else _got
        return tuple(line for block in blocks if isinstance(block, dict) for line in read(block))
    if kind == "result":
        return _end(told)
    if kind == "system" and told.get("subtype") == "init":
        return (Line(f"model {told.get('model', '?')}"),)
    if kind == "system" and told.get("subtype") == "api_retry":
        status = told.get("error_status", "?")
        return (Line(f"{AGAIN}{status}", wrong=status in _REFUSED),)
    return ()


def _said(block: dict[str, Any]) -> tuple[Line, ...]:
    if block.get("type") == "text":
        return spoken(block.get("text"))
    if block.get("type") == "tool_use":
        return tool(block.get("name"), block.get("input"))
    return ()


def _got(block: dict[str, Any]) -> tuple[Line, ...]:
    if block.get("type") == "tool_result" and block.get("is_error"):
        return failed(block.get("content"))
    return ()


def _end(told: dict[str, Any]) -> tuple[Line, ...]:
    wrong: tuple[Line, ...] = ()
    if told.get("is_error"):
        error = told.get("error")
        words = told.get("result") or (error.get("message") if isinstance(error, dict) else None)
        wrong = complaint(words or " ".join(map(str, told.get("errors") or ())) or told.get("subtype"))
    tokens = number(told.get("usage"), *_TOKENS)
    return (*wrong, *closing(turns=told.get("num_turns"), tokens=tokens, cost=told.get("total_cost_usd")))
