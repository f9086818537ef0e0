"""Links between the pages lead somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md"), *ROOT.glob("tests/**/*.md")]
)

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them: letters, digits, dashes and underscores."""
    headings = _HEADING.findall(_CODE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _leads_somewhere(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or (target.suffix == ".md" and anchor in _anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_resolves(page: Path) -> None:
    """A relative link names a file of the project and, where it names a heading, one that this file has."""
    text = _CODE.sub("", page.read_text(encoding="utf-8"))
    links = [link for link in _LINK.findall(text) if not link.startswith(("https://", "http://", "mailto:"))]
    assert [] == [link for link in links if not _leads_somewhere(page, link)]


def test_every_page_can_be_reached() -> None:
    """From the README, in as many steps as it takes: a page that nobody finds is not written."""
    found: set[Path] = set()
    left = [ROOT / "README.md"]
    while left:
        page = left.pop()
        if page in found:
            continue
        found.add(page)
        names = [link.partition("#")[0] for link in _LINK.findall(page.read_text(encoding="utf-8"))]
        targets = [(page.parent / name).resolve() for name in names if name and "://" not in name]
        left += [each for each in targets if each.suffix == ".md" and each.exists()]
        left += [each for folder in targets if folder.is_dir() for each in folder.glob("*.md")]
    assert set() == {*ROOT.glob("docs/**/*.md")} - found
