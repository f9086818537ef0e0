"""Whether the agent does anything: it prints, or its files change. A heartbeat says only that its launcher lives."""

from pathlib import Path

from workflows.steps.speech import say
from workflows.steps.workspace import Workspace, write_whole
from workflows.transcript.follow import ERR, OUT

TELLING = 60.0
"""Seconds between two signs of activity to Argo: each is a write of the whole Workflow."""

SETTING = "ARGO_PROGRESS_FILE"
"""Where Argo's executor looks for progress: what is written there becomes the node's, and costs the pod no right of its own."""


class Activity:
    """One agent's. Times are seconds of one monotonic clock; `limit` is how long it may do nothing, 0 for ever."""

    def __init__(self, workspace: Workspace, *, limit: float, progress: Path | None, began: float) -> None:
        self._run = workspace.run
        self._limit = limit
        self._progress = progress
        self._last = self._told = began
        self._printed = (0, 0)
        self._files = ("", "")
        self._minutes = 0

    def look(self, now: float) -> None:
        """Look whether it printed. An agent that is parked for a rate limit waits by our leave."""
        printed = self._size()
        if printed != self._printed or (self._run / "parked").exists():
            self._printed = printed
            self._note(now)

    def saw(self, files: tuple[str, str], now: float) -> None:
        """Take its commit and its tree, as they were just seen."""
        if files != self._files:
            self._files = files
            self._note(now)

    def overdue(self, now: float) -> bool:
        """True once it has done nothing for longer than it may."""
        return bool(self._limit) and now - self._last >= self._limit

    def end(self, agent: str) -> None:
        """Ask its launcher to end it."""
        words = f"{agent} printed and changed nothing for {self._limit:g} s, so it was stopped"
        if not (self._run / "idle").exists():
            write_whole(self._run / "idle", f"{words}\n")

    def _note(self, now: float) -> None:
        self._last = now
        if self._progress and now - self._told >= TELLING:
            self._told = now
            self._minutes += 1
            self._tell(self._progress)

    def _tell(self, file: Path) -> None:
        """`n/m`, as Argo wants it: active in n minutes so far, and not at the end, which nobody knows."""
        try:
            file.write_text(f"{self._minutes}/{self._minutes + 1}\n", encoding="ascii")
        except OSError as error:
            say(f"{file} cannot be written, so nobody sees that the agent is active: {error}")
            self._progress = None

    def _size(self) -> tuple[int, int]:
        """How much it printed, on both streams."""
        return self._grown(OUT), self._grown(ERR)

    def _grown(self, name: str) -> int:
        try:
            return (self._run / name).lstat().st_size
        except OSError:
            return 0
