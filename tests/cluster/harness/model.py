"""A stand-in for a model behind the Messages API: it asks for the commands that the prompt holds, then says it is done.

It is a program of its own, standard library only. An agent that talks to it runs its real loop: the request, the tool, the
result sent back, the closing words.
"""

import json
import re
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_COMMANDS = re.compile(r"^\$ (.+)$", re.MULTILINE)
_USAGE = {"input_tokens": 100, "output_tokens": 20}


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The content block that the model answers a request with: a call of Bash at first, words once it has a result."""
    blocks = [block for message in request["messages"] for block in _blocks(message)]
    text = "\n".join(block.get("text", "") for block in blocks if block["type"] == "text")
    commands = _COMMANDS.findall(text)
    tools = {tool["name"] for tool in request.get("tools", ())}
    if commands and "Bash" in tools and not any(block["type"] == "tool_result" for block in blocks):
        return {
            "type": "tool_use",
            "id": "toolu_1",
            "name": "Bash",
            "input": {"command": " && ".join(commands)},
        }
    return {"type": "text", "text": "Done as asked."}


def events(block: dict[str, Any], model: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The answer as the API streams it."""
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": []}
    yield (
        "message_start",
        {"message": {**message, "stop_reason": None, "stop_sequence": None, "usage": _USAGE}},
    )
    if block["type"] == "tool_use":
        start, stop = {**block, "input": {}}, "tool_use"
        delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    else:
        start, stop = {**block, "text": ""}, "end_turn"
        delta = {"type": "text_delta", "text": block["text"]}
    yield "content_block_start", {"index": 0, "content_block": start}
    yield "content_block_delta", {"index": 0, "delta": delta}
    yield "content_block_stop", {"index": 0}
    yield "message_delta", {"delta": {"stop_reason": stop, "stop_sequence": None}, "usage": _USAGE}
    yield "message_stop", {}


class Handler(BaseHTTPRequestHandler):
    """POST /v1/messages, streamed or whole; every other path is a 404, as an agent must bear."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """One turn of a conversation."""
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        path = self.path.partition("?")[0]
        if path != "/v1/messages":
            self._reply(404, "application/json", b"{}")
            return
        block, model = answer(request), request["model"]
        if request.get("stream"):
            pairs = events(block, model)
            lines = [f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n" for kind, data in pairs]
            self._reply(200, "text/event-stream", "".join(lines).encode())
            return
        stop = "tool_use" if block["type"] == "tool_use" else "end_turn"
        whole = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": [block]}
        body = json.dumps({**whole, "stop_reason": stop, "stop_sequence": None, "usage": _USAGE})
        self._reply(200, "application/json", body.encode())

    def _reply(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _blocks(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


if __name__ == "__main__":
    ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Handler).serve_forever()
