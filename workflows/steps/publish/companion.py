"""The courier, a container of its own, as `main` sees it."""

import time
from types import TracebackType
from typing import Self

from workflows.steps.errors import AgentLost
from workflows.steps.pod.environment import Pod
from workflows.steps.wall.door import Folder
from workflows.steps.wall.sighting import BEAT, SIGHTING, Asked, Sighting

APPEARANCE = 10.0
"""How many times its silence the courier may take to start: its image may still be pulled."""

SILENCE = 10.0
"""Seconds that the courier may be silent at least: it beats once a second, on a machine that may be busy."""

_LOOK = 0.01


class Companion:
    """Asks, and takes what the courier sees."""

    def __init__(self, pod: Pod) -> None:
        pod.handover.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = Folder.at(pod.handover)
        self._pod = pod
        self._asked = Asked()
        self._stamp: tuple[int, int] = (0, 0)
        self._beat = 0
        self._changed = time.monotonic()
        self.sighting = Sighting()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is wanted of it any more."""
        try:
            self._asked._replace(done=True).save(self.folder)
        finally:
            self.folder.__exit__(kind, error, trace)

    def greet(self) -> None:
        """Tell that `main` watches: now the agent may start. Raises OSError."""
        self._asked.save(self.folder)

    def news(self) -> bool:
        """Take the last sighting, when there is a new one."""
        try:
            told = self.folder.stat(SIGHTING)
        except OSError:
            return False
        stamp = (told.st_mtime_ns, told.st_ino)
        if stamp == self._stamp:
            return False
        found = Sighting.load(self.folder)
        self._stamp = stamp
        if found is None:
            return False
        self.sighting = found
        return True

    def look(self, patience: float) -> None:
        """Have it look once more, and take what it saw; or what there is, when it takes too long."""
        self._asked = self._asked._replace(look=self._asked.look + 1)
        self._asked.save(self.folder)
        end = time.monotonic() + patience
        while not (self.sighting.final or self.sighting.looks >= self._asked.look):
            if time.monotonic() > end:
                return
            time.sleep(_LOOK)
            self.news()

    def hear(self, patience: float) -> None:
        """Wait a while for what the agent said of its run."""
        end = time.monotonic() + patience
        while self.sighting.told is None and time.monotonic() < end:
            time.sleep(_LOOK / 4)
            self.news()

    def check(self, now: float) -> None:
        """Raises AgentLost when the courier does not come, or is heard of no more."""
        try:
            beat = self.folder.stat(BEAT).st_mtime_ns
        except OSError:
            beat = 0
        if beat != self._beat:
            self._beat, self._changed = beat, now
        patience = max(self._pod.silence, SILENCE) * (1.0 if beat else APPEARANCE)
        if now - self._changed > patience:
            raise AgentLost(
                "the courier, which brings the agent's work to main, is gone: look at the events of the pod and its log; "
                "the work so far is pushed, the next try goes on from there"
            )
