"""What else of ~/.claude an agent in a pod is to have, as keys of a Secret. History, projects and other servers' tokens are never part of it."""

import json
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from workflows.errors import Missing, Refused

PARTS: Mapping[str, str] = {
    "settings": "settings.json",
    "skills": "skills",
    "agents": "agents",
    "commands": "commands",
    "hooks": "hooks",
    "memory": "CLAUDE.md",
}
"""What can be asked for, and where it stands below the directory."""

PREFIX = "with."
INDEX = f"{PREFIX}index"
"""Its lines name the file of each key, which can hold no slash itself: `x KEY PATH` for a program, `- KEY PATH` for any other."""

LIMIT = 1 << 20
"""Bytes that an apiserver takes in one Secret."""

_HEADROOM = 16 << 10
_LEFT_OUT = ("__pycache__", "node_modules", ".git")
_HOOKS = "hooks"


def gathered(directory: Path, parts: Collection[str]) -> dict[str, bytes]:
    """The keys of a Secret that hold these parts. Raises Missing for one that is not there, and Refused for what can't be brought."""
    files = {place: each for part in PARTS if part in parts for place, each in _files(directory, part, parts)}
    if PARTS["settings"] not in files and _HOOKS in parts and (told := _settings(directory, parts)):
        files[PARTS["settings"]] = ("-", told)
    lines, data = [], {}
    for number, (place, (kind, content)) in enumerate(sorted(files.items())):
        if "\n" in place:
            raise Refused(f"file {place!r}: its name has a line break; rename it, or leave its part out")
        key = f"{PREFIX}{number}"
        lines.append(f"{kind} {key} {place}\n")
        data[key] = content
    return {INDEX: "".join(lines).encode("utf-8", "surrogateescape"), **data} if data else {}


def check_size(data: Mapping[str, bytes], names: Mapping[str, str]) -> None:
    """Raises Refused with the largest files when an apiserver would not take them. `names` are the files of keys."""
    total = sum(len(key) + len(content) for key, content in data.items())
    if total <= LIMIT - _HEADROOM:
        return
    largest = sorted(data, key=lambda key: -len(data[key]))[:3]
    told = ", ".join(f"{names.get(key, key)} ({len(data[key]) >> 10} KiB)" for key in largest)
    raise Refused(
        f"log-in and settings: {total >> 10} KiB, and a Secret holds {LIMIT >> 10}; nothing was changed. "
        f"The largest are {told}: move them away, or leave their part out of --with"
    )


def places(data: Mapping[str, bytes]) -> dict[str, str]:
    """The file of each key, from the index."""
    lines = data.get(INDEX, b"").decode("utf-8", "replace").splitlines()
    return {key: place for _, key, place in (line.split(" ", 2) for line in lines)}


def _files(directory: Path, part: str, parts: Collection[str]) -> Iterator[tuple[str, tuple[str, bytes]]]:
    top = directory / PARTS[part]
    if part == "settings":
        if not top.is_file():
            raise Missing(f"settings {top}: not found; leave settings out of --with")
        yield PARTS[part], ("-", _settings(directory, parts))
        return
    found = [top] if top.is_file() else sorted(each for each in top.rglob("*") if each.is_file())
    if not found and not (part == _HOOKS and _settings(directory, parts)):
        raise Missing(f"{part} {top}: not found; leave {part} out of --with")
    root = directory.resolve()
    for file in found:
        place = file.relative_to(directory)
        # A link that leads out of the directory brings what nobody named.
        if file.resolve().is_relative_to(root) and not set(place.parts) & set(_LEFT_OUT):
            yield str(place), ("x" if os.access(file, os.X_OK) else "-", file.read_bytes())


def _settings(directory: Path, parts: Collection[str]) -> bytes:
    """The settings without hooks, or the hooks alone, as asked for; nothing where there are none."""
    try:
        told = json.loads((directory / PARTS["settings"]).read_bytes())
    except (OSError, ValueError):
        told = {}
    if not isinstance(told, dict):
        told = {}
    kept = {k: v for k, v in told.items() if (_HOOKS if k == _HOOKS else "settings") in parts}
    return json.dumps(kept, indent=2).encode() if kept or "settings" in parts else b""
