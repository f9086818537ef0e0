"""The courier as `main` sees it: a container of its own, or, where the pod has none, a process that `main` starts without its key."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from workflows.steps.errors import AgentLost
from workflows.steps.pod.environment import Pod
from workflows.steps.wall.door import Folder
from workflows.steps.wall.sighting import ASKED, BEAT, SIGHTING, Asked, Sighting

APPEARANCE = 10.0
"""How many times its silence the courier may take to start: its image may still be pulled."""

SILENCE = 10.0
"""Seconds that the courier may be silent at least: it beats once a second, on a machine that may be busy."""

_PASSED_ON = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONDONTWRITEBYTECODE",
    "GASTOWN_POD",
    "GASTOWN_SILENCE",
)
_LOOK = 0.01


class Companion:
    """Asks, and takes what the courier sees."""

    def __init__(self, pod: Pod, environ: Mapping[str, str]) -> None:
        pod.handover.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = Folder.at(pod.handover)
        self._pod = pod
        self._process = None if pod.courier_runs else self._start(pod, environ)
        self._asked = Asked()
        self._stamp: tuple[int, int] = (0, 0)
        self._beat = 0
        self._changed = time.monotonic()
        self.sighting = Sighting()

    def _start(self, pod: Pod, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
        for name in (SIGHTING, ASKED):
            self.folder.remove(name)
        given = {key: environ[key] for key in _PASSED_ON if key in environ}
        places = {"GASTOWN_WORKSPACE": str(pod.workspace), "GASTOWN_HANDOVER": str(pod.handover)}
        safe = ["-P"] if sys.flags.safe_path else []
        return subprocess.Popen(
            (sys.executable, *safe, "-m", "workflows.steps", "courier"),
            env={**given, **places, "GASTOWN_PARENT": str(os.getpid())},
            stdin=subprocess.DEVNULL,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is wanted of it any more."""
        try:
            self._asked._replace(done=True).save(self.folder)
        finally:
            if self._process:
                self._process.kill()
                self._process.wait()
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
        while not (self.sighting.final or self.sighting.looks >= self._asked.look) and self.lives():
            if time.monotonic() > end:
                return
            time.sleep(_LOOK)
            self.news()

    def hear(self, patience: float) -> None:
        """Wait a while for what the agent said of its run."""
        end = time.monotonic() + patience
        while self.sighting.told is None and time.monotonic() < end and (self.news() or self.lives()):
            time.sleep(_LOOK / 4)

    def lives(self) -> bool:
        """Whether there is a process to wait for, as far as one can see."""
        return self._process is None or self._process.poll() is None

    def check(self, now: float) -> None:
        """Raises AgentLost when the courier does not come, or is heard of no more."""
        try:
            beat = self.folder.stat(BEAT).st_mtime_ns
        except OSError:
            beat = 0
        if beat != self._beat:
            self._beat, self._changed = beat, now
        patience = max(self._pod.silence, SILENCE) * (1.0 if beat else APPEARANCE)
        if now - self._changed > patience or not (self.lives() or self.news()):
            raise AgentLost(
                "the courier, which brings the agent's work to main, is gone: look at the events of the pod and its log; "
                "the work so far is pushed, the next try goes on from there"
            )
