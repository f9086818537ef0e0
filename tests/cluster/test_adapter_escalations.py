"""Who is stuck is told: in Kubernetes Events, in the metrics, and to a sink, whatever becomes of the adapter meanwhile."""

import json
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from harness.running import Cluster
from harness.towns import Town, bead, governed


class Sink:
    """Hears CloudEvents; it turns them away until it `takes` them."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.takes = False
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server.server_port}/"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sink.heard.append(json.loads(body))
                self.send_response(202 if sink.takes else 503)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A sink that listens."""
    sink = Sink()
    thread = threading.Thread(target=sink.server.serve_forever)
    thread.start()
    yield sink
    sink.server.shutdown()
    sink.server.server_close()
    thread.join()


@pytest.fixture
def town(light: Cluster, light_workers: str, tmp_path: Path) -> Iterator[Town]:
    """A namespace with a rig, and an adapter that works in it."""
    with governed(light, light_workers, tmp_path) as town:
        yield town


def test_a_call_outlives_the_adapter(town: Town, sink: Sink) -> None:
    """An adapter that dies before the sink takes the call leaves it to the next one, which makes it once, under the same id."""
    witness = f"{town.namespace}-witness"
    town.until("the witness", lambda: bool(town.get("Witness", witness)))
    town.patch("Witness", witness, {"spec": {"stuckThreshold": "3s", "escalationTarget": sink.url}})
    town.direct(seconds=600)
    town.convoy("demo", bead(1))
    town.until("a call", lambda: bool(sink.heard))
    town.until("the Event", lambda: "PolecatStuck" in _events(town, witness))
    town.adapter.stop(signal.SIGKILL)
    refused = len(sink.heard)
    sink.takes = True
    town.adapter.start()
    town.until("the witness to say so", lambda: _escalated(town, witness))
    (taken,) = sink.heard[refused:]
    assert {taken["id"]} == {each["id"] for each in sink.heard}
    assert ("io.gastown.polecat.stuck", "ap-1") == (taken["type"], taken["data"]["bead"])
    assert 1 == town.adapter.metrics()['gastown_escalations_total{result="sent"}']


def _escalated(town: Town, witness: str) -> bool:
    return all(each.get("escalated") for each in town.status("Witness", witness).get("stuck") or [{}])


def _events(town: Town, about: str) -> set[str]:
    found = town.cluster.kind("events.k8s.io/v1", "Event").get(namespace=town.namespace).to_dict()["items"]
    return {each["reason"] for each in found if each.get("regarding", {}).get("name") == about}
