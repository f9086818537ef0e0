"""Whose log-in agents use, until when and for which rigs; and what of it leaves the machine."""

import base64
import json
import os

import pytest

from kubectl_gt.machine.credentials import described, own_part, stored

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


KEYCHAIN = """#!/bin/sh
echo "$@" >> "$HOME/asked"
[ "$1 $4 $5 $6" = "find-generic-password -w -s Claude Code-credentials" ] || exit 44
cat "$HOME/entry" 2>/dev/null || exit 44
"""
"""Answers as `security` of macOS does; 44 is its code for an entry that is not there."""


@pytest.fixture
def keychain(tmp_path, monkeypatch):
    """A home without a file of credentials, on a machine with a keychain; give it the entry."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "security").write_text(KEYCHAIN)
    (programs / "security").chmod(0o755)

    def put(entry):
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
        (tmp_path / "entry").write_text(entry)

    return put


def test_a_keychain_is_asked_where_there_is_no_file(here, keychain):
    """As on macOS."""
    keychain(json.dumps(FILE))
    told = here("auth", "status", "-o", "json").json
    assert (True, "max", "keychain entry Claude Code-credentials") == (
        told["found"],
        told["plan"],
        told["place"],
    )


@pytest.mark.parametrize("entry", ["", "no JSON"])
def test_a_keychain_without_a_log_in_is_none(here, keychain, entry):
    """The place that is named is the file's."""
    keychain(entry)
    told = here("auth", "status", "-o", "json").json
    assert (False, True) == (told["found"], told["place"].endswith(".claude/.credentials.json"))


def test_another_directory_has_no_part_in_the_keychain(tmp_path, keychain):
    """Whoever names a directory means the log-in that lies there."""
    keychain(json.dumps(FILE))
    assert b"" == stored(tmp_path / "other").raw
    assert not (tmp_path / "asked").exists()
    assert FILE == json.loads(stored(tmp_path / ".claude").raw)


def _answer(asked):
    """A Secret that `auth sync` made, and three rigs."""
    content = base64.b64encode(json.dumps({"claudeAiOauth": OWN}).encode()).decode()
    annotations = {
        "gastown.io/last-sync": "2026-01-01T00:00:00+00:00",
        "gastown.io/account": "max@example.org",
    }
    secret = {
        "metadata": {"name": "claude-creds", "annotations": annotations},
        "data": {".credentials.json": content},
    }
    rigs = [
        _rig("own", claudeCredsSecretRef={"name": "other"}),
        _rig("usual"),
        _rig("codex", agent="codex"),
    ]
    return 200, secret if "/secrets/" in asked.path else {"items": rigs}


def _rig(name, **spec):
    return {
        "apiVersion": "gastown.gastown.io/v1alpha1",
        "kind": "Rig",
        "metadata": {"name": name},
        "spec": {"gitURL": "https://git.test/a.git", "beadsPrefix": "ap"} | spec,
    }


def test_a_cluster_tells_the_secrets(served):
    """The same words; the rigs are those that name no other Secret."""
    ran = served(_answer)("auth", "status", "-o", "json")
    assert 0 == ran.code
    told = ran.json
    assert ("max@example.org", EXPIRES, ["usual"], [".credentials.json"]) == (
        told["account"],
        told["expires"],
        told["rigs"],
        told["keys"],
    )
