"""The paragraphs of Debian's control files, and what one package needs of others."""

import re
from collections.abc import Iterator

Paragraph = dict[str, str]


def paragraphs(text: str) -> Iterator[Paragraph]:
    """The paragraphs of a file such as Packages; a field's further lines stay joined by newlines."""
    for block in re.split(r"\n\s*\n", text.strip()):
        fields: Paragraph = {}
        name = ""
        for line in block.splitlines():
            if line[:1] in {" ", "\t"}:
                fields[name] += "\n" + line
            else:
                name, _, value = line.partition(":")
                fields[name] = value.strip()
        if fields:
            yield fields


def needs(paragraph: Paragraph) -> list[list[str]]:
    """What has to be there too: for each dependency the names of which one is enough."""
    told = ", ".join(paragraph[field] for field in ("Pre-Depends", "Depends") if paragraph.get(field))
    return [[_name(each) for each in group.split("|")] for group in told.split(",") if group.strip()]


def provides(paragraph: Paragraph) -> list[str]:
    """Names that the package stands for beside its own."""
    return [_name(each) for each in paragraph.get("Provides", "").split(",") if each.strip()]


def _name(relation: str) -> str:
    """`git (>> 1:2.47), perl:any` names `git` and `perl`; a version is not compared, as one suite has one of each."""
    return re.split(r"[\s(:\[]", relation.strip(), maxsplit=1)[0]
