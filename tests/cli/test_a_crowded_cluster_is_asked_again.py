"""An apiserver that asks for patience gets it: `429 Retry-After` is no answer for who typed the command."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kubectl_gt.main import run


class Crowded(ThreadingHTTPServer):
    """Refuses the first requests as a starting apiserver does, then lists no rigs."""

    refusals = 0
    asked = 0


class _Handler(BaseHTTPRequestHandler):
    server: Crowded

    def do_GET(self) -> None:
        self.server.asked += 1
        refused = self.server.asked <= self.server.refusals
        message = "storage is (re)initializing"
        body = json.dumps({"kind": "Status", "message": message} if refused else {"items": []}).encode()
        self.send_response(429 if refused else 200)
        if refused:
            self.send_header("Retry-After", "0")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """The test's output is its own."""


@pytest.fixture
def crowded() -> Iterator[Crowded]:
    """That apiserver, on a port of its own."""
    server = Crowded(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("refusals", "code", "asked"), [(3, 0, 4), (99, 6, 6)], ids=["for a moment", "for too long"]
)
def test_it_is_asked_again(
    crowded: Crowded,
    refusals: int,
    code: int,
    asked: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A moment passes unseen; who refuses for too long is named with its own words."""
    crowded.refusals = refusals
    monkeypatch.delenv("GASTOWN_LOCAL", raising=False)
    monkeypatch.setenv("KUBECONFIG", "/dev/null/none")
    place = f"http://127.0.0.1:{crowded.server_port}"
    assert code == run(["rig", "list", "--server", place], name="kubectl-gt")
    assert asked == crowded.asked
    assert ("storage is (re)initializing" in capsys.readouterr().err) is bool(code)
