"""Somebody who is told: an HTTP server that keeps the CloudEvents that it is sent."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Sink:
    """Keeps what it is sent; the first `refused` requests meet a sink that only starts."""

    def __init__(self, *, refused: int = 0) -> None:
        self.taken: list[Any] = []
        asked: list[Any] = []
        taken = self.taken

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                asked.append(event)
                early = len(asked) <= refused
                if not early:
                    taken.append(event)
                self.send_response(503 if early else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
