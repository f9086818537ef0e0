"""Annotated tags, by which steps tell each other things through the repository."""

import hashlib
import os
import zlib
from pathlib import Path

from workflows.steps.git.command import Git


def make(git: Git, ref: str, commit: str, tagger: str, text: str) -> str:
    """Write the tag that `ref` will name into the repository of GIT_DIR; its object's name.

    By hand, as a step makes several and a process for each costs more than all else that it does. `tagger` is git's form of a person.
    """
    head = f"object {commit}\ntype commit\ntag {ref.removeprefix('refs/')}\ntagger {tagger}\n\n"
    body = f"{head}{text}\n".encode("utf-8", "replace")
    whole = b"tag %d\0%b" % (len(body), body)
    name = hashlib.new("sha1" if len(commit) == 40 else "sha256", whole, usedforsecurity=False).hexdigest()
    place = Path(git.environment["GIT_DIR"]) / "objects" / name[:2] / name[2:]
    if not place.exists():
        place.parent.mkdir(exist_ok=True)
        draft = place.with_name(f"tmp_obj_{os.getpid()}")
        draft.write_bytes(zlib.compress(whole, 1))
        draft.chmod(0o444)
        draft.replace(place)
    return name
