"""The generated pages are what the code says."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from crds import KINDS
from crds import reference as kinds
from crds.render import definition
from kubectl_gt import reference as cli

DOCS = Path(__file__).parent.parent.parent / "docs"


def test_the_page_of_the_kinds_is_current() -> None:
    """`make fmt` writes it anew."""
    assert kinds.reference() == (DOCS / "crds.md").read_text(encoding="utf-8")


def test_every_field_stands_on_the_page() -> None:
    """Nothing that a manifest may set is missing."""
    page = (DOCS / "crds.md").read_text(encoding="utf-8")
    schemas = [
        definition(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"] for kind in KINDS.values()
    ]
    fields = {
        field
        for schema in schemas
        for part in ("spec", "status")
        for field in schema["properties"][part]["properties"]
    }
    assert [] == sorted(field for field in fields if f"| `{field}` |" not in page)


def test_the_page_of_the_command_line_is_current() -> None:
    """`make fmt` writes it anew, and `--check` agrees."""
    assert cli.reference() == (DOCS / "cli.md").read_text(encoding="utf-8")
    assert ("", 0) == ((result := CliRunner().invoke(cli.main, ["--check"])).output, result.exit_code)


def test_a_stale_page_is_named_and_put_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--check` writes nothing and names the page; without it the page is written."""
    page = tmp_path / "cli.md"
    page.write_text("old", encoding="utf-8")
    monkeypatch.setattr(cli, "PAGE", page)
    check = CliRunner().invoke(cli.main, ["--check"])
    assert f"{page} is not what the verbs say; run `python -m kubectl_gt.reference`\n" == check.output
    assert (1, "old") == (check.exit_code, page.read_text(encoding="utf-8"))
    CliRunner().invoke(cli.main, [])
    assert cli.reference() == page.read_text(encoding="utf-8")
