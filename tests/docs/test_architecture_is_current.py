"""docs/architecture.md sends nobody to a file that is gone, and names every folder of the programs."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PACKAGES = ("crds", "workflows", "adapter", "kubectl_gt", "events", "forges")


def test_every_file_that_is_named_is_there():
    """A row that points nowhere is worse than none."""
    named = set(re.findall(rf"(?:{'|'.join(PACKAGES)})/[\w/]+\.\w+", PAGE))
    assert len(named) > 25
    assert [] == sorted(each for each in named if not (ROOT / each).is_file())


def test_every_folder_has_its_place_on_the_page():
    """By its path, or by its name in the row of the package."""
    folders = {
        path.parent.relative_to(ROOT)
        for package in PACKAGES
        for path in (ROOT / package).glob("*/__init__.py")
    }
    kinds = {"argo", "beadstores", "convoys", "polecats", "refineries", "rigs", "witnesses"}
    missing = [
        str(each)
        for each in folders
        if f"{each}/" not in PAGE and f"`{each.name}/" not in PAGE and each.name not in kinds | {"demo"}
    ]
    assert [] == sorted(missing)
