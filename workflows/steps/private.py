"""A directory of this step alone: keys, and git directories whose configuration nobody else can write."""

import contextlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from workflows.steps.pod import Pod


@contextlib.contextmanager
def private_directory(pod: Pod, environ: Mapping[str, str]) -> Iterator[Path]:
    """A fresh directory, removed at the end.

    With mounted credentials it lies outside the workspace, which the agent can write: git would run what a planted
    config names, with the push key in reach. Without, agent and step are the same user on one machine, and the workspace is
    the tidier place, because it is removed as a whole after a kill.
    """
    name = f"gastown-{os.urandom(8).hex()}"
    parent = Path(environ.get("TMPDIR") or Path("/", "tmp")) if pod.credentials else pod.workspace / "private"
    parent.mkdir(parents=True, exist_ok=True)
    path = parent / name
    path.mkdir(mode=0o700)
    try:
        yield path
    finally:
        remove_tree(path)


def remove_tree(root: Path) -> None:
    """Remove a directory with all it holds, read-only folders included; absent is fine.

    Our own because shutil, with the compressors it imports, would cost each step 6 ms of its start.
    """
    folders = [root]
    for directory, names, files in os.walk(root):
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
