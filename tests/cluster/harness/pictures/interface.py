"""Argo's interface at one address: its files as they were built from its repository, and argo-server behind them.

Our own argo-server was built without the files, as only those who look need them.
"""

import contextlib
import http.client
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_API = ("/api/", "/artifact-files/", "/artifacts/", "/input-artifacts/")


@contextlib.contextmanager
def interface(files: Path, server: str) -> Iterator[str]:
    """Serves the interface of the folder `files` in front of the argo-server at the address `server`; yields its address."""
    behind = urllib.parse.urlsplit(server).netloc

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path.startswith(_API):
                self._pass_on()
                return
            if path == "/" or not (files / path.removeprefix("/")).is_file():
                self.path = "/index.html"  # a view: which one, the page finds out
            super().do_GET()

        def _pass_on(self) -> None:
            """argo-server's answer as it comes: what the interface shows live is a stream without end."""
            with contextlib.closing(http.client.HTTPConnection(behind)) as connection:
                connection.request("GET", self.path, headers={"Accept": self.headers.get("Accept", "*/*")})
                answer = connection.getresponse()
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.getheader("Content-Type", "application/json"))
                self.end_headers()
                with contextlib.suppress(ConnectionError, http.client.IncompleteRead):  # the page was left
                    while part := answer.read1():
                        self.wfile.write(part)
                        self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as its base calls it
            """Nobody reads it."""

    with ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *args: Handler(*args, directory=str(files))
    ) as listening:
        listening.daemon_threads = True
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listening.server_address[1]}"
        finally:
            listening.shutdown()
