"""What merged commits changed, asked of a rig's repository."""

import dataclasses
from collections.abc import Collection, Mapping
from pathlib import Path

from workflows.errors import Unavailable
from workflows.local.repositories.inspection import git


@dataclasses.dataclass(frozen=True, slots=True)
class Changed:
    """What one commit changed: files, and lines added and removed; lines of binary files are not counted."""

    files: int
    added: int
    removed: int


def changes(url: str, commits: Collection[str], *, cache: Path) -> Mapping[str, Changed]:
    """By commit. Commits that the repository does not give by their id are left out: the figures are worth no failure."""
    repository = cache / "commits.git"
    wanted = list(dict.fromkeys(commits))
    if not wanted:
        return {}
    try:
        git("init", "--quiet", "--bare", str(repository), url=url)
        git("fetch", "--quiet", "--no-tags", "--depth=2", "--", url, *wanted, url=url, repository=repository)
        shown = git(
            "show",
            "--no-renames",
            "--numstat",
            "--format=commit %H",
            *wanted,
            "--",
            url=url,
            repository=repository,
        )
    except Unavailable:
        return {}
    return _read(shown)


def _read(shown: str) -> dict[str, Changed]:
    found: dict[str, Changed] = {}
    commit = ""
    for line in shown.splitlines():
        if line.startswith("commit "):
            commit = line.removeprefix("commit ")
            found[commit] = Changed(0, 0, 0)
        elif line.count("\t") >= 2:
            added, removed, _ = line.split("\t", 2)
            before = found[commit]
            found[commit] = Changed(
                before.files + 1,
                before.added + (int(added) if added.isdigit() else 0),
                before.removed + (int(removed) if removed.isdigit() else 0),
            )
    return found
