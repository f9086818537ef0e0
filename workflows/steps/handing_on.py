"""A failure before `main`, kept for `main` to tell.

Argo takes a pod's exit code from the container `main` alone, and gives `main` 64 when one that it depends on failed: a refused key
would look like a crash and be tried again. So a step that comes before leaves its failure in the workspace and exits 0.
"""

from typing import NamedTuple

from workflows.steps.workspace import Workspace, write_whole

_FILE = "failed"
_IDLE_LAUNCHER = "exit 0\n"


class Failure(NamedTuple):
    """How a step failed: its exit code, and its words to the user."""

    code: int
    words: str

    def leave(self, workspace: Workspace) -> None:
        """Keep it for the containers that follow, the agent's among them. Raises OSError when the workspace cannot hold it."""
        workspace.run.mkdir(parents=True, exist_ok=True)
        write_whole(workspace.run / "launch", _IDLE_LAUNCHER)
        write_whole(workspace.run / _FILE, f"{self.code}\n{self.words}")


def handed_on(workspace: Workspace) -> Failure | None:
    """The failure of an earlier container of this pod."""
    try:
        code, _, words = (workspace.run / _FILE).read_text(encoding="utf-8").partition("\n")
        return Failure(int(code), words)
    except (OSError, ValueError):
        return None


def forget(workspace: Workspace) -> None:
    """Begin a pod: what an earlier run of it left does not count."""
    workspace.guarded.unlink(missing_ok=True)
    (workspace.run / _FILE).unlink(missing_ok=True)
