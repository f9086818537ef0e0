"""Files and folders stay small: whoever looks for a rule has few places to guess from."""

from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES, FILES = 250, 15
PACKAGES = ("adapter", "apiserver", "events", "forges", "images", "kubectl_gt", "release", "workflows")


@pytest.fixture(scope="module")
def code():
    """Every file of code but the models of `crds`, which are the reference of their kinds."""
    found = [each for package in PACKAGES for each in (ROOT / package).rglob("*.py")]
    assert found
    return found


def test_no_file_is_long(code):
    """A file that holds two nouns comes apart between them."""
    long = {
        str(each.relative_to(ROOT)): lines
        for each in code
        if (lines := len(each.read_text().splitlines())) > LINES
    }
    assert long == {}


def test_no_folder_is_full(code):
    """A folder of more files than a reader takes in at a glance gets folders of its own."""
    full = Counter(str(each.parent.relative_to(ROOT)) for each in code if each.name != "__init__.py")
    assert {folder: files for folder, files in full.items() if files > FILES} == {}
