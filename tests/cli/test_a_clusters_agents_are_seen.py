"""What an agent in a pod did last, read from the end of its log with the rights of whoever asks."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kubectl_gt.cluster.polecats import LOGS_A_LOOK
from kubectl_gt.main import run

LOG = "model opus\n$ make test\nAll is green.\n"
AGENTS = LOGS_A_LOOK + 4


class Town(ThreadingHTTPServer):
    """An apiserver with a convoy of many polecats at work; `status` is how it answers to who wants a log."""

    status = 200
    read: list[str]


class _Handler(BaseHTTPRequestHandler):
    server: Town

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.endswith("/log"):
            self.server.read.append(path)
            self._answer(LOG if self.server.status == 200 else "{}", self.server.status)
        elif path.endswith("/polecats"):
            self._answer(json.dumps({"items": [_polecat(number) for number in range(AGENTS)]}))
        elif path.endswith("/convoys/wave"):
            spec = {"description": "d", "rigRef": "app", "trackedBeads": [f"ap-{n}" for n in range(AGENTS)]}
            self._answer(json.dumps(_object("Convoy", "wave", spec, {"phase": "InProgress"})))
        else:
            self._answer(json.dumps({"items": []}))

    def _answer(self, text: str, status: int = 200) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """The test's output is its own."""


def _polecat(number):
    status = {
        "phase": "Working",
        "reason": "Working",
        "podName": f"pod-{number}",
        "assignedBead": f"ap-{number}",
    }
    polecat = _object("Polecat", f"nux-{number}", {"rig": "app", "beadID": f"ap-{number}"}, status)
    polecat["metadata"]["labels"] = {"gastown.io/convoy": "wave"}
    return polecat


def _object(kind, name, spec, status):
    version = "gastown.gastown.io/v1alpha1"
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": name, "namespace": "default"},
        "spec": spec,
        "status": status,
    }


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """That apiserver, on a port of its own."""
    monkeypatch.delenv("GASTOWN_LOCAL", raising=False)
    monkeypatch.setenv("KUBECONFIG", "/dev/null/none")
    with Town(("127.0.0.1", 0), _Handler) as server:
        server.read = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "action"), [(200, "$ make test"), (403, None)], ids=["may read", "may not"]
)
def test_a_polecat_says_what_it_did_last(town, status, action, capsys):
    """Who may read no logs sees all else."""
    town.status = status
    place = f"http://127.0.0.1:{town.server_port}"
    assert 0 == run(["polecat", "status", "nux-3", "-o", "json", "--server", place], name="kubectl-gt")
    told = json.loads(capsys.readouterr().out)["status"]
    assert ("Working", action) == (told["phase"], told.get("lastAction") or None)
    assert 1 == len(town.read)


def test_a_large_convoy_is_not_asked_all_at_once(town, capsys):
    """An apiserver hands each log on from a kubelet."""
    place = f"http://127.0.0.1:{town.server_port}"
    assert 0 == run(["convoy", "status", "wave", "--server", place], name="kubectl-gt")
    assert LOGS_A_LOOK == len(town.read)
    assert "$ make test" in capsys.readouterr().out
