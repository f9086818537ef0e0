"""Each line of the table of docs/security.md is held by tests that there are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8").partition("## What an attacker gets")[2]
LINES = [line for line in TABLE.partition("\n## ")[0].splitlines() if line.startswith("| ")][1:]
_NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def _held_by(number):
    while "| same" in LINES[number]:
        number -= 1
    return _NAMED.findall(LINES[number]) or re.findall(r'import-linter: "([^"]+)"', LINES[number])


@pytest.mark.parametrize("number", range(len(LINES)), ids=lambda number: LINES[number].split("|")[1].strip())
def test_a_line_names_what_holds_it(number):
    """A test by its file, or by its name in it; or a contract of imports."""
    held = _held_by(number)
    assert held, LINES[number]
    for each in held:
        if isinstance(each, str):
            assert f'name = "{each}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
            continue
        file, name = each
        text = (ROOT / file).read_text(encoding="utf-8")
        assert f"def {name}(" in text if name else "def test_" in text, each


def test_all_of_the_table_is_read():
    """The table is where it is looked for."""
    assert len(LINES) > 10
