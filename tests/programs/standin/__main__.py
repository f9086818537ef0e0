"""`python -m standin PORT [ADDRESS]`: serves until it is killed, to this machine alone where no address is named."""

import json
import re
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from . import forms, refusals
from .modes import Tool, mode_of, turn

SILENCE = 120
"""Seconds for which a silent model keeps its client waiting."""

BROKEN = {"type": "error", "error": {"type": "api_error", "message": "Internal server error"}}
"""What a stream that broke is where it was to be whole."""

_FORMS = {
    "/messages": (forms.anthropic, refusals.anthropic),
    "/chat/completions": (forms.chat, refusals.openai),
    "/responses": (forms.responses, refusals.openai),
    "google": (forms.google, refusals.google),
}


class Handler(BaseHTTPRequestHandler):
    """Any path that ends as a vendor's does."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Lists of models, which some agents ask for."""
        self._whole(200, {"data": [{"id": "stand-in", "object": "model"}], "models": [], "object": "list"})

    def do_POST(self) -> None:
        """One turn of a conversation."""
        raw = self._body()
        request = json.loads(raw or b"{}")
        path = self.path.partition("?")[0]
        if path.endswith(("count_tokens", ":countTokens")):
            self._whole(200, {"input_tokens": 1000, "totalTokens": 1000})
            return
        kind = (
            "google"
            if path.endswith("enerateContent")
            else next((end for end in _FORMS if path.endswith(end)), "")
        )
        if not kind:
            self._whole(404, {"error": {"message": "no such path"}})
            return
        text = raw.decode("utf-8", "replace")
        mode = mode_of(text)
        if mode == "silence":
            time.sleep(SILENCE)
            return
        answer, refuse = _FORMS[kind]
        if refused := refuse(mode):
            self._whole(refused.status, refused.body, refused.headers)
            return
        model = str(request.get("model") or re.sub(r".*/models/|:.*", "", path))
        made = turn(mode, _tools(request), answered=_answered(text), text=text)
        streamed = (
            path.endswith(":streamGenerateContent") if kind == "google" else bool(request.get("stream"))
        )
        if streamed:
            self._stream(answer(made, model))
        elif kind == "google":
            self._whole(200, next(iter(answer(made, model)))[1])
        elif kind == "/chat/completions":
            self._whole(500 if made.cut else 200, forms.chat_whole(made, model))
        elif kind == "/responses":
            self._whole(500 if made.cut else 200, forms.responses_whole(made, model))
        else:
            self._whole(500, BROKEN) if made.cut else self._whole(200, _gathered(made.words, model))

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().partition(b";")[0] or b"0", 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _whole(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(data)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, events: Any) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for kind, data in events:
            text = data if isinstance(data, str) else json.dumps(data)
            self.wfile.write(((f"event: {kind}\n" if kind else "") + f"data: {text}\n\n").encode())
        self.close_connection = True


def _tools(request: dict[str, Any]) -> list[Tool]:
    found = []
    for each in request.get("tools") or ():
        for one in each.get("functionDeclarations") or [each]:
            told = one.get("function", one)
            schema = (
                told.get("input_schema") or told.get("parameters") or told.get("parametersJsonSchema") or {}
            )
            found.append(Tool(str(told.get("name") or told.get("type")), schema))
    return found


def _answered(text: str) -> bool:
    """Whether the conversation holds a tool's result, in any vendor's form."""
    return any(
        sign in text
        for sign in (
            '"tool_result"',
            '"role":"tool"',
            '"role": "tool"',
            "function_call_output",
            '"functionResponse"',
        )
    )


def _gathered(words: str, model: str) -> dict[str, Any]:
    """Messages, not streamed: asked for titles and the like."""
    content = [{"type": "text", "text": words}]
    usage = {"input_tokens": 10, "output_tokens": 5}
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": usage,
    }


if __name__ == "__main__":
    address = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
    ThreadingHTTPServer((address, int(sys.argv[1])), Handler).serve_forever()
