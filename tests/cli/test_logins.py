"""Whose log-in agents use, until when and for which rigs; and what of it leaves the machine."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kubectl_gt.machine.credentials import described, own_part
from kubectl_gt.main import run

OWN = {
    "accessToken": "sk-a",
    "refreshToken": "sk-r",
    "expiresAt": 1893456000000,
    "subscriptionType": "max",
}
FILE = {"claudeAiOauth": OWN, "mcpOAuth": {"forge": {"accessToken": "another server's"}}}
EXPIRES = "2030-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        pytest.param(json.dumps(FILE).encode(), json.dumps({"claudeAiOauth": OWN}).encode(), id="a log-in"),
        pytest.param(b'{"mcpOAuth": {}, "key": 1}', b'{"key": 1}', id="of another form"),
        pytest.param(b'{"token":"x"}', b'{"token":"x"}', id="nothing of others"),
    ],
)
def test_tokens_of_other_servers_stay_home(raw, kept):
    """An agent in a pod has no business with what the user's own agent is logged in to."""
    assert kept == own_part(raw)


@pytest.mark.parametrize("raw", [b"", b"no JSON", b"[]", b'{"claudeAiOauth": {"expiresAt": 1e30}}'])
def test_what_is_no_log_in_tells_nothing(raw):
    """And breaks nothing."""
    assert (None, "") == (described(raw).expires, described(raw).plan)


def test_one_machine_tells_its_own(here, tmp_path, monkeypatch):
    """From the files of the user's home; no token is shown."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude" / ".credentials.json").write_text(json.dumps(FILE))
    (tmp_path / ".claude.json").write_text(json.dumps({"oauthAccount": {"emailAddress": "max@example.org"}}))
    told = here("auth", "status", "-o", "json").json
    assert (True, "max@example.org", "max", EXPIRES) == (
        told["found"],
        told["account"],
        told["plan"],
        told["expires"],
    )
    shown = here("auth", "status").out
    assert "max@example.org (max)" in shown
    assert "the agent renews it by itself" in shown
    assert "sk-" not in shown + json.dumps(told)


class Town(ThreadingHTTPServer):
    """An apiserver with a Secret that `auth sync` made, and three rigs."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        content = base64.b64encode(json.dumps({"claudeAiOauth": OWN}).encode()).decode()
        annotations = {
            "gastown.io/last-sync": "2026-01-01T00:00:00+00:00",
            "gastown.io/account": "max@example.org",
        }
        secret = {
            "metadata": {"name": "claude-creds", "annotations": annotations},
            "data": {".credentials.json": content},
        }
        rigs = {
            "items": [
                _rig("own", claudeCredsSecretRef={"name": "other"}),
                _rig("usual"),
                _rig("codex", agent="codex"),
            ]
        }
        body = json.dumps(secret if "/secrets/" in self.path else rigs).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """The test's output is its own."""


def _rig(name, **spec):
    return {
        "apiVersion": "gastown.gastown.io/v1alpha1",
        "kind": "Rig",
        "metadata": {"name": name},
        "spec": {"gitURL": "https://git.test/a.git", "beadsPrefix": "ap"} | spec,
    }


@pytest.fixture
def town() -> Iterator[Town]:
    """That apiserver, on a port of its own."""
    with Town(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_cluster_tells_the_secrets(town, monkeypatch, capsys):
    """The same words; the rigs are those that name no other Secret."""
    monkeypatch.delenv("GASTOWN_LOCAL", raising=False)
    monkeypatch.setenv("KUBECONFIG", "/dev/null/none")
    place = f"http://127.0.0.1:{town.server_port}"
    assert 0 == run(["auth", "status", "-o", "json", "--server", place], name="kubectl-gt")
    told = json.loads(capsys.readouterr().out)
    assert ("max@example.org", EXPIRES, ["usual"], [".credentials.json"]) == (
        told["account"],
        told["expires"],
        told["rigs"],
        told["keys"],
    )
