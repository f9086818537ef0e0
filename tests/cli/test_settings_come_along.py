"""What `auth sync --with` takes out of ~/.claude, and what never leaves it."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kubectl_gt.machine.bundle import INDEX, LIMIT, check_size, gathered, places
from kubectl_gt.main import run
from workflows.errors import Missing, Refused

SETTINGS = {"model": "opus", "hooks": {"Stop": []}}


@pytest.fixture
def claude(tmp_path):
    """A ~/.claude with all that there is."""
    home = tmp_path / ".claude"
    files = {
        ".credentials.json": '{"claudeAiOauth": {}, "mcpOAuth": {"forge": "token"}}',
        "settings.json": json.dumps(SETTINGS),
        "CLAUDE.md": "Be brief.",
        "skills/a skill/SKILL.md": "how",
        "skills/a skill/__init__.py": "",
        "skills/a skill/__pycache__/x.pyc": "",
        "hooks/check.sh": "#!/bin/sh\n",
        "projects/talk.jsonl": "private",
        "history.jsonl": "private",
    }
    for name, text in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    (home / "hooks" / "check.sh").chmod(0o700)
    (home / "skills" / "escape").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").write_text("secret")
    return home


def _brought(claude, *parts):
    data = gathered(claude, parts)
    return {place: data[key].decode() for key, place in places(data).items()}


def test_each_part_is_what_it_says(claude):
    """By the paths of its files; caches and links that lead elsewhere are left out."""
    assert {"CLAUDE.md": "Be brief."} == _brought(claude, "memory")
    assert {"skills/a skill/SKILL.md": "how", "skills/a skill/__init__.py": ""} == _brought(claude, "skills")
    assert {} == _brought(claude)


@pytest.mark.parametrize(
    ("parts", "keys"),
    [
        pytest.param(["settings"], ["model"], id="settings"),
        pytest.param(["hooks"], ["hooks"], id="hooks"),
        pytest.param(["settings", "hooks"], ["hooks", "model"], id="both"),
    ],
)
def test_hooks_come_only_when_they_are_named(claude, parts, keys):
    """They stand in the settings, and are programs that run by themselves."""
    brought = _brought(claude, *parts)
    assert keys == sorted(json.loads(brought["settings.json"]))
    assert ("hooks" in parts) == ("hooks/check.sh" in brought)


def test_a_program_stays_one(claude):
    """A Secret's files have no such mode."""
    lines = gathered(claude, ["hooks", "memory"])[INDEX].decode().splitlines()
    assert ["-", "x", "-"] == [line[0] for line in lines]


def test_a_part_that_is_missing_is_named(claude):
    """Before anything changes."""
    with pytest.raises(Missing, match="leave commands out"):
        gathered(claude, ["commands"])


def test_more_than_a_secret_holds_is_refused():
    """With the largest files, so that one knows what to do."""
    data = {"with.index": b"- with.0 skills/film.mp4\n", "with.0": b"x" * LIMIT}
    with pytest.raises(Refused, match=r"nothing was changed\. The largest are skills/film.mp4 \(1024 KiB\)"):
        check_size(data, places(data))


class Secrets(ThreadingHTTPServer):
    """An apiserver that has the Secret of an earlier sync, and notes what is written."""

    written: list[dict[str, object]]


class _Handler(BaseHTTPRequestHandler):
    server: Secrets

    def do_GET(self) -> None:
        old = {"with.index": "LSB3aXRoLjcgQ0xBVURFLm1kCg==", "with.7": "b2xk", ".credentials.json": "e30="}
        annotations = {"gastown.io/last-sync": "2026-01-01T00:00:00+00:00"}
        self._answer({"metadata": {"name": "claude-creds", "annotations": annotations}, "data": old})

    def do_PATCH(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.written.append(body)
        self._answer({"metadata": {"name": "x"}})

    def _answer(self, told: object) -> None:
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """The test's output is its own."""


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Secrets]:
    """That apiserver, on a port of its own."""
    monkeypatch.delenv("GASTOWN_LOCAL", raising=False)
    monkeypatch.setenv("KUBECONFIG", "/dev/null/none")
    with Secrets(("127.0.0.1", 0), _Handler) as server:
        server.written = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("given", "keys", "gone"),
    [
        pytest.param([], [".credentials.json", "with.7", "with.index"], [], id="what came before stays"),
        pytest.param(
            ["--with", "memory"], [".credentials.json", "with.0", "with.index"], ["with.7"], id="anew"
        ),
        pytest.param(["--with", "none"], [".credentials.json"], ["with.7", "with.index"], id="none"),
    ],
)
def test_the_secret_holds_what_was_named(cluster, claude, given, keys, gone):
    """And no token of another server."""
    place = f"http://127.0.0.1:{cluster.server_port}"
    assert 0 == run(
        ["auth", "sync", "--claude-dir", str(claude), *given, "--server", place], name="kubectl-gt"
    )
    data = cluster.written[0]["data"]
    assert keys == sorted(key for key, value in data.items() if value is not None)
    assert gone == sorted(key for key, value in data.items() if value is None)
    assert b"mcpOAuth" not in base64.b64decode(data[".credentials.json"])


def test_what_is_too_much_changes_nothing(cluster, claude, capsys):
    """Told before anything is written."""
    (claude / "skills" / "film.mp4").write_bytes(b"x" * LIMIT)
    place = f"http://127.0.0.1:{cluster.server_port}"
    words = ["auth", "sync", "--claude-dir", str(claude), "--with", "skills", "--server", place]
    assert 0 != run(words, name="kubectl-gt")
    assert "skills/film.mp4" in capsys.readouterr().err
    assert [] == cluster.written
