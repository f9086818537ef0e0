"""Whether the agent does anything: it prints, or its files change. A heartbeat says only that its launcher lives."""

from workflows.steps.wall.door import Folder
from workflows.transcript.streams import ERR, OUT

TELLING = 60.0
"""Seconds between two signs of activity to Argo: each is a write of the whole Workflow."""


class Activity:
    """One agent's. Times are seconds of one monotonic clock; `limit` is how long it may do nothing, 0 for ever."""

    def __init__(self, run: Folder, *, limit: float, began: float) -> None:
        self._run = run
        self._limit = limit
        self._last = self._told = began
        self._printed = (0, 0)
        self._files = ("", "")
        self.minutes = 0

    def look(self, now: float) -> None:
        """Look whether it printed. An agent that is parked for a rate limit waits by our leave."""
        printed = self._size()
        if printed != self._printed or self._run.has("parked"):
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
        if not self._run.has("idle"):
            self._run.write("idle", f"{words}\n".encode())

    def _note(self, now: float) -> None:
        self._last = now
        if now - self._told >= TELLING:
            self._told = now
            self.minutes += 1

    def _size(self) -> tuple[int, int]:
        """How much it printed, on both streams."""
        return self._grown(OUT), self._grown(ERR)

    def _grown(self, name: str) -> int:
        try:
            return self._run.stat(name).st_size
        except OSError:
            return 0
