"""`rig connect` and `beads import` against the real Gitea, on one machine."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.place import Place

from kubectl_gt.main import run
from workflows.beads import read_beads

Typed = Callable[..., str]


@pytest.fixture
def typed(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Typed:
    """Run one command line; it must end with the code that is expected. Returns what it printed."""
    monkeypatch.setenv("GASTOWN_HOME", str(tmp_path / "town"))
    monkeypatch.setenv("GASTOWN_LOCAL", "1")
    monkeypatch.chdir(tmp_path)
    for who, token in place.site.tokens.items():
        (tmp_path / f"{who}.token").write_text(f"{token}\n")

    def type_(*arguments: object, code: int = 0) -> str:
        capsys.readouterr()
        ended = run([str(each) for each in arguments])
        said = capsys.readouterr()
        assert ended == code, said
        return said.err if code else said.out

    type_("rig", "create", "app", "--git-url", f"{place.site.url}/{place.name}.git")
    return type_


def rig(typed: Typed) -> dict:
    """The rig's spec."""
    return json.loads(typed("rig", "status", "app", "-o", "json"))["spec"]


def test_a_rig_is_connected_and_again(place: Place, typed: Typed, tmp_path: Path) -> None:
    """Token and secret are kept where only the user reads them; the webhook is one, whatever is repeated."""
    line = ("rig", "connect", "app", "--forge", "gitea", "--api-url", place.site.url)
    tokens = ("--token-file", "bot.token", "--admin-token-file", "owner.token")
    for _ in range(2):
        said = typed(*line, *tokens, "--url", "http://127.0.0.1:1/")
        assert "Signed in to gitea as bot" in said
        assert "posts to http://127.0.0.1:1/hooks/app" in said
    hooks = place.run(place.forge.hooks.all(), who="owner")
    assert [each.url for each in hooks] == ["http://127.0.0.1:1/hooks/app"]
    spec = rig(typed)
    wanted = {"kind": "gitea", "repository": place.name, "apiURL": place.site.url}
    assert spec["forge"] | wanted == spec["forge"]
    kept = tmp_path / "town" / "secrets" / spec["forgeTokenSecretRef"]["name"]
    assert (kept / spec["forgeTokenSecretRef"]["key"]).read_text() == place.site.tokens["bot"]
    secret = kept / spec["webhookSecretRef"]["key"]
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    before = secret.read_text()
    typed(*line, *tokens, "--url", "http://127.0.0.1:1", "--rotate")
    assert secret.read_text() != before
    assert (kept / rig(typed)["webhookSecretRef"]["previousKey"]).read_text() == before


def test_a_token_that_may_not_write_changes_nothing(place: Place, typed: Typed, tmp_path: Path) -> None:
    """It is said before anything is kept."""
    line = ("rig", "connect", "app", "--forge", "gitea", "--api-url", place.site.url)
    assert "may only read it" in typed(*line, "--token-file", "reader.token", code=3)
    (tmp_path / "wrong.token").write_text("0" * 40)
    assert "make a new token" in typed(*line, "--token-file", "wrong.token", code=3)
    assert "forge" not in rig(typed)
    assert not (tmp_path / "town" / "secrets").exists()


def test_a_token_that_may_not_make_webhooks_says_what_to_do(place: Place, typed: Typed) -> None:
    """The rig is connected, and the webhook can be made by hand or with another token."""
    line = ("rig", "connect", "app", "--forge", "gitea", "--api-url", place.site.url)
    said = typed(*line, "--token-file", "bot.token", "--url", "http://127.0.0.1:1", code=3)
    assert "--admin-token-file" in said
    assert "forge" in rig(typed)


def test_a_self_hosted_forge_must_be_named(typed: Typed) -> None:
    """Its address does not tell."""
    assert "name it with --forge" in typed("rig", "connect", "app", "--token-file", "bot.token", code=3)


def test_issues_are_imported_once(place: Place, typed: Typed, tmp_path: Path) -> None:
    """With what blocks what, by label, and again after more were opened."""
    label = place.label("agent")
    first = place.issue("Lay the ground")
    second = place.issue("Raise walls", f"Blocked by #{first}")
    place.issue("Not for agents")
    for number in (first, second):
        place.run(place.forge.issues.add_labels(number, [label]))
    source = f"gitea:{place.site.url}/{place.name}"
    line = ("beads", "import", source, "--prefix", "app", "--label", label, "--token-file", "bot.token")
    assert "2 imported" in typed(*line)
    third = place.issue("Roof", f"depends on #{second}")
    place.run(place.forge.issues.add_labels(third, [label]))
    assert "1 imported into .beads/issues.jsonl, 2 known already" in typed(*line)
    found = read_beads(tmp_path / ".beads" / "issues.jsonl")
    assert {bead.id: bead.waits_for for bead in found.values()} == {
        f"app-{first}": (),
        f"app-{second}": (f"app-{first}",),
        f"app-{third}": (f"app-{second}",),
    }
