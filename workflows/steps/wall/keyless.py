"""What containers without a key are left, and leave, in the folders that they share with the code of others."""

import contextlib
from pathlib import Path

from workflows.clean import clip
from workflows.exits import Reason
from workflows.steps.pod.environment import Pod
from workflows.steps.pod.ledger import Failure
from workflows.steps.wall.door import Folder
from workflows.steps.wall.sighting import ASKED, SETTINGS, SIGHTING

_FAILED = "gates-failed"
_IDLE_LAUNCHER = b"exit 0\n"


def leave(pod: Pod, failure: Failure) -> None:
    """Tell `main` why the gates could not run. Raises OSError."""
    with Folder.at(pod.workspace) as folder:
        folder.write(_FAILED, failure.words.encode("utf-8", "replace"))


def failure(pod: Pod) -> Failure | None:
    """Why the gates could not run, in words that the code of others may have written: never a code that is final."""
    try:
        with Folder.at(pod.workspace) as folder:
            words = folder.read(_FAILED, 1 << 16).decode("utf-8", "replace")
    except OSError:
        return None
    return Failure(Reason.FAILED.value, clip(words, 1024))


def forget(pod: Pod) -> None:
    """Begin a pod."""
    with contextlib.suppress(FileNotFoundError), Folder.at(pod.workspace) as folder:
        folder.remove(_FAILED)


def idle(pod: Pod) -> None:
    """After a clone that failed the launcher and the courier find nothing to do. Raises OSError."""
    lay_folder(pod.workspace, "run")
    with Folder.at(pod.workspace) as folder:
        folder.write("run/launch", _IDLE_LAUNCHER)
    reset(pod)


def reset(pod: Pod) -> None:
    """Take back what an earlier run of the pod told the launcher and the courier. Raises OSError."""
    pod.handover.mkdir(mode=pod.folder_mode, parents=True, exist_ok=True)
    with Folder.at(pod.handover) as folder:
        for name in (SETTINGS, SIGHTING, ASKED):
            folder.remove(name)
    with contextlib.suppress(OSError), Folder.at(pod.workspace) as workspace:
        workspace.remove("run/guarded")


def lay_folder(parent: Path, name: str) -> None:
    """A true folder, where an agent may have left a link."""
    parent.mkdir(parents=True, exist_ok=True)
    path = parent / name
    if path.is_symlink() or path.is_file():
        path.unlink()
    path.mkdir(exist_ok=True)
