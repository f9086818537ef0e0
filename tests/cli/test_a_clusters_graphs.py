"""`convoy graph` in a cluster reads the beads' order from the Workflows, in each shape that a version compiled."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from harness.recorded import FOLDER, Recording

from kubectl_gt.main import run


class Town(ThreadingHTTPServer):
    """An apiserver with one convoy of three beads that come from a bead store, and its Workflow."""

    workflow: dict[str, object] = {}  # noqa: RUF012 - each test sets its own


class _Handler(BaseHTTPRequestHandler):
    server: Town

    def do_GET(self) -> None:
        convoy = {
            "apiVersion": "gastown.gastown.io/v1alpha1",
            "kind": "Convoy",
            "metadata": {"name": "merged", "namespace": "town"},
            "spec": {"description": "d", "rigRef": "app", "trackedBeads": ["ap-3", "ap-2", "ap-1"]},
        }
        answers = {"convoys/merged": convoy, "workflows": {"items": [self.server.workflow]}}
        path = self.path.partition("?")[0]
        found = next((told for end, told in answers.items() if path.endswith(end)), {"items": []})
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """The test's output is its own."""


@pytest.fixture
def town() -> Iterator[Town]:
    """That apiserver, on a port of its own."""
    with Town(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("recording", ["merged", "earlier/merged"])
def test_the_order_is_the_workflows(
    town: Town, recording: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The third bead waits for both others, though the convoy itself lists ids only."""
    town.workflow = Recording.load(FOLDER / f"{recording}.json").last
    monkeypatch.delenv("GASTOWN_LOCAL", raising=False)
    monkeypatch.setenv("KUBECONFIG", "/dev/null/none")
    place = f"http://127.0.0.1:{town.server_port}"
    assert 0 == run(["convoy", "graph", "merged", "--server", place], name="kubectl-gt")
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert ["○ ap-2", "└─ ○ ap-3 (also after ap-1)", "○ ap-1"] == lines
