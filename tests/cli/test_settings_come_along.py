"""What `auth sync --with` takes out of ~/.claude, and what never leaves it."""

import base64
import json

import pytest

from kubectl_gt.machine.bundle import INDEX, LIMIT, check_size, gathered, places
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


class Secrets:
    """A cluster that has the Secret of an earlier sync, and notes what is written."""

    def __init__(self, served):
        self.written = []
        self.ask = served(self._answer)

    def _answer(self, asked):
        if asked.method == "PATCH":
            self.written.append(json.loads(asked.body))
            return 200, {"metadata": {"name": "x"}}
        old = {"with.index": "LSB3aXRoLjcgQ0xBVURFLm1kCg==", "with.7": "b2xk", ".credentials.json": "e30="}
        annotations = {"gastown.io/last-sync": "2026-01-01T00:00:00+00:00"}
        return 200, {"metadata": {"name": "claude-creds", "annotations": annotations}, "data": old}


@pytest.fixture
def cluster(served):
    """That cluster."""
    return Secrets(served)


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
    assert 0 == cluster.ask("auth", "sync", "--claude-dir", claude, *given).code
    data = cluster.written[0]["data"]
    assert keys == sorted(key for key, value in data.items() if value is not None)
    assert gone == sorted(key for key, value in data.items() if value is None)
    assert b"mcpOAuth" not in base64.b64decode(data[".credentials.json"])


def test_what_is_too_much_changes_nothing(cluster, claude):
    """Told before anything is written."""
    (claude / "skills" / "film.mp4").write_bytes(b"x" * LIMIT)
    ran = cluster.ask("auth", "sync", "--claude-dir", claude, "--with", "skills")
    assert 0 != ran.code
    assert "skills/film.mp4" in ran.err
    assert [] == cluster.written
