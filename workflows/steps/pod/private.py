"""A directory of this step alone: keys, and git directories whose configuration nobody else can write."""

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from workflows.steps.pod.environment import Pod


@contextlib.contextmanager
def private_directory(pod: Pod) -> Iterator[Path]:
    """A fresh directory where no agent can write, removed at the end: git would run what a planted config names, with the key in reach."""
    path = pod.private / f"gastown-{os.urandom(8).hex()}"
    pod.private.mkdir(mode=pod.folder_mode, parents=True, exist_ok=True)
    path.mkdir(mode=0o700)
    try:
        yield path
    finally:
        remove_tree(path)


def remove_tree(root: Path) -> None:
    """Remove a directory with all it holds, read-only folders included; absent is fine.

    Our own because shutil, with the compressors it imports, would cost each step 6 ms of its start.
    """
    if root.is_symlink() or root.is_file():
        root.unlink()
        return
    folders = [root]
    for directory, names, files in os.walk(root):
        with contextlib.suppress(
            PermissionError
        ):  # of another user of our group, who left it open to the group
            Path(directory).chmod(stat.S_IRWXU)
        for name in files:
            _forget(Path(directory, name).unlink)
        for child in (Path(directory, name) for name in names):
            if child.is_symlink():
                _forget(child.unlink)
            else:
                folders.append(child)
    for folder in reversed(folders):
        _forget(folder.rmdir)


def _forget(remove: Callable[[], None]) -> None:
    with contextlib.suppress(FileNotFoundError):
        remove()
