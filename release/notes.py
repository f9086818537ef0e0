"""What the release page says: the changelog's section of the version."""

import re

from release.errors import NotesMissing

_SECTION = re.compile(
    r"^## \[?(?P<title>[^\]\s]+)\]?[^\n]*\n(?P<text>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL
)


def notes(changelog: str, version: str, *, tagged: bool = False) -> str:
    """The text of the section `## <version>`, or of `## Unreleased` for a version that is not tagged yet. Raises NotesMissing where it is empty."""
    sections = {found["title"]: found["text"].strip() for found in _SECTION.finditer(changelog)}
    text = sections.get(version) or ("" if tagged else sections.get("Unreleased"))
    if not text:
        raise NotesMissing(f"CHANGELOG.md: no section for {version}; write one above the last release")
    return text + "\n"
