"""Where the agent's commits are: HEAD, its branches, its other work trees, its stash; and what it left half done."""

import contextlib
import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from workflows.steps.wall.door import Folder
from workflows.steps.wall.sighting import DETACHED, Other, within

_SMALL, _PACKED, _LOG = 4096, 16 << 20, 64 << 10
_DEPTH, _MANY, _TREES = 64, 10_000, 200
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_UNDER_WAY = {"rebase-merge": "rebase", "rebase-apply": "rebase", "BISECT_LOG": "bisect"}
"""What stands in the git directory while HEAD is no place to end at."""

_MARKS = tuple(
    "MERGE_HEAD CHERRY_PICK_HEAD REVERT_HEAD REBASE_HEAD MERGE_AUTOSTASH rebase-merge/autostash rebase-apply/autostash".split()
)
"""Files that hold commits while a command is under way: its other side, and what git put away for it."""

_NO_LINES = (
    "refs/heads/",
    "refs/remotes/",
    "refs/stash",
    "refs/bisect/",
    "refs/rewritten/",
    "refs/worktree/",
)
_LEFT = re.compile(r"checkout: moving from [0-9a-f]{40}(?:[0-9a-f]{24})? to ")
"""Git says so where HEAD was no branch: nothing else names the commits that were left."""


class Heads(NamedTuple):
    """What the refs say. `others` are lines of work beside HEAD and the work branch, whether they hold anything new or not."""

    head: str = ""
    branch: str = ""
    others: tuple[Other, ...] = ()
    merging: tuple[str, ...] = ()
    under_way: str = ""


def read(directory: Folder, branch: str) -> Heads:
    """Read a `.git` that is a folder, file by file. What cannot be read is not there."""
    refs = {**_packed(directory, "refs/"), **_loose(directory, "refs", _DEPTH)}
    branches = {name: sha for name, sha in refs.items() if name.startswith("refs/heads/")}
    own = f"refs/heads/{branch}"
    # Each commit once, by its first name: a branch that only repeats another is no line of work.
    first = {sha: name.removeprefix("refs/heads/") for name, sha in reversed(branches.items()) if name != own}
    names = set(within(tuple(reversed(first.values()))))
    others = [Other(name, sha) for sha, name in reversed(first.items()) if name in names]
    others += [*_detached(directory, branches), *_marked(directory, refs), *_stashes(directory)]
    return Heads(
        head=_resolved(directory, "HEAD", branches),
        branch=branches.get(own, ""),
        others=(*others, *_reflog(directory)),
        merging=tuple(_names(_text(directory, "MERGE_HEAD", _SMALL))),
        under_way=next((words for name, words in _UNDER_WAY.items() if directory.has(name)), ""),
    )


def work_trees(directory: Folder, most: int) -> dict[str, str]:
    """The other work trees, by name, each with the commit of its HEAD; empty where it has none."""
    found = _work_trees(directory, most)
    refs = ("refs/heads/", "refs/heads")
    branches = {**_packed(directory, refs[0]), **_loose(directory, refs[1], _DEPTH)} if found else {}
    return {name: _resolved(directory, f"worktrees/{name}/HEAD", branches) for name in found}


def fetched(directory: Folder) -> frozenset[str]:
    """The commits that servers had, by the branches that were fetched. Not by tags, which an agent may make itself."""
    found = {**_packed(directory, "refs/remotes/"), **_loose(directory, "refs/remotes", _DEPTH)}
    return frozenset(found.values())


def _resolved(directory: Folder, name: str, branches: dict[str, str]) -> str:
    """The commit of HEAD, or of the branch that it names."""
    text = _text(directory, name, _SMALL).strip()
    target = text.removeprefix("ref:").strip()
    if target == text:
        return text if _SHA.fullmatch(text) else ""
    if target in branches:
        return branches[target]
    found = _text(directory, target, _SMALL).strip() if target.startswith("refs/") else ""
    return found if _SHA.fullmatch(found) else ""


def _loose(directory: Folder, place: str, depth: int) -> dict[str, str]:
    found: dict[str, str] = {}
    with contextlib.suppress(OSError), directory.folder(place) as folder:
        for item in folder.items(_MANY):
            name = f"{place}/{item.name}"
            if item.is_folder and depth:
                found |= _loose(directory, name, depth - 1)
            elif item.is_file and _SHA.fullmatch(text := _text(folder, item.name, _SMALL).strip()):
                found[name] = text
    return found


def _packed(directory: Folder, place: str) -> dict[str, str]:
    lines = (line.split(" ") for line in _text(directory, "packed-refs", _PACKED).splitlines())
    pairs = (line for line in lines if len(line) == 2 and line[1].startswith(place))
    return {name: sha for sha, name in pairs if _SHA.fullmatch(sha)}


def _work_trees(directory: Folder, most: int) -> list[str]:
    with contextlib.suppress(OSError), directory.folder("worktrees") as folder:
        return [item.name for item in folder.items(most) if item.is_folder]
    return []


def _detached(directory: Folder, branches: dict[str, str]) -> list[Other]:
    """Work trees whose HEAD is no branch: branches are found as such."""
    trees = {
        name: _resolved(directory, f"worktrees/{name}/HEAD", branches)
        for name in _work_trees(directory, _TREES)
    }
    known = set(branches.values())
    return [Other(f"the work tree {name}", sha) for name, sha in trees.items() if sha and sha not in known]


def _marked(directory: Folder, refs: dict[str, str]) -> Iterator[Other]:
    """What tags, notes and other refs of the agent's hold, commands under way, and a HEAD that was no branch before it moved on."""
    fetched = {line.partition("\t")[0] for line in _text(directory, "FETCH_HEAD", _PACKED).splitlines()}
    for name in within(tuple(name for name in refs if not name.startswith(_NO_LINES))):
        if refs[name] not in fetched:
            yield Other(name, refs[name])
    for place in ("", *(f"worktrees/{name}/" for name in _work_trees(directory, _TREES))):
        for mark in _MARKS:
            yield from (
                Other(f".git/{place}{mark}", sha) for sha in _names(_text(directory, place + mark, _SMALL))
            )
        log = _text(directory, f"{place}logs/HEAD", _LOG)
        left = (line.partition(" ")[0] for line in log.splitlines() if _LEFT.search(line))
        yield from (Other(DETACHED, sha) for sha in dict.fromkeys(left) if _SHA.fullmatch(sha))


def _stashes(directory: Folder) -> list[Other]:
    """Newest first, as git counts them."""
    entries = _entries(_text(directory, "logs/refs/stash", _LOG))
    newest = _text(directory, "refs/stash", _SMALL).strip()
    shas = dict.fromkeys([newest, *reversed(entries)])
    found = itertools.islice(filter(_SHA.fullmatch, shas), _TREES)
    return [Other(f"stash@{{{number}}}", sha) for number, sha in enumerate(found)]


def _reflog(directory: Folder) -> list[Other]:
    """Where HEAD has been, last first: what was reset away is nowhere else."""
    shas = dict.fromkeys(reversed(_entries(_text(directory, "logs/HEAD", _LOG))))
    return [Other(f"HEAD@{{{number}}}", sha) for number, sha in enumerate(shas)]


def _entries(log: str) -> list[str]:
    words = (line.split(" ", 2) for line in log.splitlines())
    return [line[1] for line in words if len(line) == 3 and _SHA.fullmatch(line[1])]


def _names(text: str) -> list[str]:
    return [line for line in text.splitlines() if _SHA.fullmatch(line)]


def _text(directory: Folder, name: str, limit: int) -> str:
    """The end of a file, as text; nothing where there is no file."""
    try:
        return directory.tail(name, limit).decode("utf-8", "surrogateescape")
    except OSError:
        return ""
