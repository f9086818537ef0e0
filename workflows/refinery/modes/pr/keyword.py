"""The line by which a forge closes the issue that a bead came from, once its pull request is merged."""

import re

_COMMIT = re.compile(r"/(?:-/)?commits?/\{\}$")


def closing(source: str, commit_page: str) -> str:
    """`Closes #5`, as every forge reads it; empty where the event was no issue of the same repository.

    `commit_page` is where the forge shows the repository's commits, with `{}` for the commit.
    """
    root = _COMMIT.sub("", commit_page)
    found = re.fullmatch(rf"{re.escape(root)}/(?:-/)?issues/(\d+)(?:[#/?].*)?", source) if root else None
    return f"Closes #{found[1]}" if found else ""
