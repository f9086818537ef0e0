"""One turn in the form of each vendor's stream: pairs of an event's name, where it has one, and its data."""

import json
from collections.abc import Iterator
from typing import Any

from .modes import USED_CACHED, USED_IN, USED_OUT, Turn

Event = tuple[str, dict[str, Any] | str]


def anthropic(turn: Turn, model: str) -> Iterator[Event]:
    """Messages."""
    used = {
        "input_tokens": USED_IN,
        "cache_read_input_tokens": USED_CACHED,
        "cache_creation_input_tokens": 0,
        "output_tokens": 1,
    }
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": used,
    }
    yield _named("message_start", message=message)
    if turn.tool:
        block: dict[str, Any] = {"type": "tool_use", "id": "toolu_1", "name": turn.tool.name, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(turn.tool.arguments(turn.command))}
    else:
        block, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": turn.words}
    yield _named("content_block_start", index=0, content_block=block)
    if turn.cut:
        yield _named("error", error={"type": "api_error", "message": "Internal server error"})
        return
    yield _named("content_block_delta", index=0, delta=delta)
    yield _named("content_block_stop", index=0)
    stop = "refusal" if turn.declined else "tool_use" if turn.tool else "end_turn"
    yield _named(
        "message_delta", delta={"stop_reason": stop, "stop_sequence": None}, usage={"output_tokens": USED_OUT}
    )
    yield _named("message_stop")


def chat(turn: Turn, model: str) -> Iterator[Event]:
    """Chat Completions."""

    def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> Event:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        return "", {
            "id": "c-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": model,
            "choices": choices,
            **more,
        }

    yield chunk({"role": "assistant", "content": ""})
    if turn.cut:
        yield (
            "",
            {
                "error": {
                    "message": "The server had an error while processing your request.",
                    "type": "server_error",
                    "code": None,
                }
            },
        )
        return
    if turn.declined:
        yield chunk({}, "content_filter", usage=_openai_usage())
        yield "", "[DONE]"
        return
    if turn.tool:
        call = {"name": turn.tool.name, "arguments": json.dumps(turn.tool.arguments(turn.command))}
        yield chunk({"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": call}]})
    else:
        yield chunk({"content": turn.words})
    yield chunk({}, "tool_calls" if turn.tool else "stop", usage=_openai_usage())
    yield "", "[DONE]"


def chat_whole(turn: Turn, model: str) -> dict[str, Any]:
    """Chat Completions, not streamed."""
    message: dict[str, Any] = {"role": "assistant", "content": None if turn.declined else turn.words}
    finish = "content_filter" if turn.declined else "stop"
    choices = [{"index": 0, "message": message, "finish_reason": finish}]
    return {
        "id": "c-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": choices,
        "usage": _openai_usage(),
    }


def responses(turn: Turn, model: str) -> Iterator[Event]:
    """Responses."""
    item: dict[str, Any]
    if turn.tool:
        call = json.dumps(turn.tool.arguments(turn.command))
        item = {
            "type": "function_call",
            "id": "fc_1",
            "call_id": "call_1",
            "name": turn.tool.name,
            "arguments": call,
            "status": "completed",
        }
    else:
        words = (
            {"type": "refusal", "refusal": turn.words}
            if turn.declined
            else {"type": "output_text", "text": turn.words, "annotations": []}
        )
        item = {
            "type": "message",
            "id": "m_1",
            "role": "assistant",
            "status": "completed",
            "content": [words],
        }
    whole = {
        "id": "r_1",
        "object": "response",
        "created_at": 1,
        "model": model,
        "status": "in_progress",
        "output": [],
    }
    yield _named("response.created", response=whole)
    if turn.cut:
        error = {"code": "server_error", "message": "The server had an error while processing your request."}
        yield _named("response.failed", response={**whole, "status": "failed", "error": error})
        return
    yield from _piecewise(item)
    yield _named("response.output_item.done", output_index=0, item=item)
    usage = {
        "input_tokens": USED_IN,
        "input_tokens_details": {"cached_tokens": USED_CACHED},
        "output_tokens": USED_OUT,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": USED_IN + USED_OUT,
    }
    yield _named(
        "response.completed", response={**whole, "status": "completed", "output": [item], "usage": usage}
    )


def _piecewise(item: dict[str, Any]) -> Iterator[Event]:
    """What some clients go by, who do not wait for the whole item."""
    place = {"item_id": item["id"], "output_index": 0}
    if item["type"] == "function_call":
        begun = {**item, "arguments": "", "status": "in_progress"}
        yield _named("response.output_item.added", output_index=0, item=begun)
        yield _named("response.function_call_arguments.delta", **place, delta=item["arguments"])
        yield _named("response.function_call_arguments.done", **place, arguments=item["arguments"])
        return
    (part,) = item["content"]
    kind = "refusal" if part["type"] == "refusal" else "text"
    name = "response.refusal" if kind == "refusal" else "response.output_text"
    yield _named(
        "response.output_item.added", output_index=0, item={**item, "content": [], "status": "in_progress"}
    )
    yield _named("response.content_part.added", **place, content_index=0, part={**part, kind: ""})
    yield _named(f"{name}.delta", **place, content_index=0, delta=part[kind])
    yield _named(f"{name}.done", **place, content_index=0, **{kind: part[kind]})
    yield _named("response.content_part.done", **place, content_index=0, part=part)


def responses_whole(turn: Turn, model: str) -> dict[str, Any]:
    """Responses, not streamed: the last event has all."""
    *_, (_, last) = responses(turn, model)
    assert isinstance(last, dict)
    whole: dict[str, Any] = last["response"]
    return whole


def google(turn: Turn, _model: str) -> Iterator[Event]:
    """Gemini."""
    usage = {
        "promptTokenCount": USED_IN,
        "candidatesTokenCount": USED_OUT,
        "totalTokenCount": USED_IN + USED_OUT,
        "cachedContentTokenCount": USED_CACHED,
    }
    if turn.declined:
        yield "", {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": usage}
        return
    if turn.tool:
        call = {"name": turn.tool.name, "args": turn.tool.arguments(turn.command), "id": "call_1"}
        part: dict[str, Any] = {"functionCall": call}
    else:
        part = {"text": turn.words}
    candidate: dict[str, Any] = {"index": 0, "content": {"role": "model", "parts": [part]}}
    if turn.cut:
        candidate["content"]["parts"] = [{"text": "I will"}]
        yield "", {"candidates": [candidate]}
        return
    yield "", {"candidates": [{**candidate, "finishReason": "STOP"}], "usageMetadata": usage}


def _named(kind: str, **data: Any) -> Event:
    return kind, {"type": kind, **data}


def _openai_usage() -> dict[str, Any]:
    return {
        "prompt_tokens": USED_IN,
        "completion_tokens": USED_OUT,
        "total_tokens": USED_IN + USED_OUT,
        "prompt_tokens_details": {"cached_tokens": USED_CACHED},
    }
