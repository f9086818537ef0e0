"""The container `courier`: follows the agent to its end, and brings what it makes to `main` in packs."""

import contextlib
import datetime
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from workflows.steps.courier import launcher
from workflows.steps.courier.activity import Activity
from workflows.steps.courier.launcher import Pulse
from workflows.steps.courier.listener import Listener
from workflows.steps.courier.watch import FIRST_LOOK, Beat, Watch
from workflows.steps.courier.work import Work
from workflows.steps.git.command import Git
from workflows.steps.pod.environment import Pod
from workflows.steps.pod.termination import Termination
from workflows.steps.wall.brief import Brief
from workflows.steps.wall.door import Folder
from workflows.steps.wall.sighting import BEAT, Sighting

LONGEST_LOOK = 0.1
"""Seconds between two looks at the launcher, once the agent has run for a while."""

LAST_LOOKS = 120.0
"""Seconds that packing may take once the agent has ended: what is large comes last."""

EARLY = 0.5
"""Seconds of looking at files after which the commits alone are told."""

_SET_PDEATHSIG = 1
PARENT = "GASTOWN_PARENT"
"""The process that started the courier, where it has no container of its own: it goes with it."""


def courier(pod: Pod, environ: Mapping[str, str]) -> None:
    """Run the whole step. Ends with the agent, or when `main` is done. Raises OSError or a StepError when its own disk is full."""
    with Folder.at(pod.handover) as ours, Folder.at(pod.workspace) as theirs, Termination() as termination:
        brief = Brief.load(ours)
        if brief is None:
            return
        parent = int(environ.get(PARENT) or 0)
        if parent:
            _end_with_parent()
        beat = Beat(pod.handover / BEAT)
        with theirs.folder("run") as run:
            watch = Watch(ours, termination, parent, beat)
            if watch.main_is_up():
                run.write("guarded", b"")
                git = Git.of(_clean(environ, pod.handover)).bounded()
                work = Work(pod.handover, pod.workspace, theirs, brief, git, beat)
                Courier(watch, run, work, brief, pod.silence).run()


class Courier:
    """One run of the step over one agent."""

    def __init__(self, watch: Watch, run: Folder, work: Work, brief: Brief, silence: float) -> None:
        now = time.monotonic()
        self._watch = watch
        self._run = run
        self._work = work
        self._brief = brief
        self._pulse = Pulse(run, silence, now)
        self._activity = Activity(run, limit=brief.agent.idle, began=now)
        # What the agent printed, as it came, is what this container prints: the agent's own shows it readable.
        self._listener = Listener(run, brief.agent, clock=_now, raw=sys.stdout.buffer)
        self._began = now
        self._sighting = Sighting()
        self._saved: Sighting | None = None

    def run(self) -> None:
        """Follow the agent to its end."""
        due, pause, told_to_stop = self._began + self._brief.interval, FIRST_LOOK, False
        while not self._watch.over():
            now = time.monotonic()
            self._listener.look()
            if self._ended(now):
                self._finish()
                return
            stopping = self._watch.termination.asked and not told_to_stop
            asked = self._watch.asked.look > self._sighting.looks
            if now >= due or stopping or asked or self._work.more:
                told_to_stop = told_to_stop or stopping
                self._look()
                due = time.monotonic() + self._brief.interval
            self._mind(now)
            self._save()
            if told_to_stop:
                time.sleep(pause)
            else:
                self._watch.termination.wait(pause)
            pause = min(pause * 1.1, LONGEST_LOOK)

    def _ended(self, now: float) -> bool:
        """Whether the agent is at its end, by its launcher's word, by its silence, or by our own clock."""
        ended = launcher.ended(self._run, time.time())
        lost = "" if ended else self._pulse.lost(now)
        if not ended and not lost and now - self._began > self._brief.longest:
            lost = f"{self._brief.agent.name} and its launcher went on for {self._brief.longest:g} s, longer than they may"
        self._sighting = self._sighting._replace(ended=ended, lost=lost)
        return bool(ended or lost)

    def _finish(self) -> None:
        """The work first, whatever the report does to us."""
        end = time.monotonic() + LAST_LOOKS
        self._look()
        while self._work.more and time.monotonic() < end and not self._watch.over():
            self._save()
            self._look()
        self._sighting = self._sighting._replace(final=True)
        self._save()
        self._sighting = self._sighting._replace(told=self._listener.report())
        self._save()

    def _look(self) -> None:
        looks, began = self._watch.asked.look, time.monotonic()
        ended, lost = self._sighting.ended, self._sighting.lost
        # Until its files are seen nothing is told of an end: `main` would take what it has for all there is.
        self._sighting = self._work.commits(self._sighting)._replace(ended=None, lost="")
        # Commits first: to look at all files of a large tree may take longer than a pod that is told to stop has left.
        self._watch.beat.late = lambda now: self._save() if now - began > EARLY else None
        self._sighting = self._work.files(self._sighting)._replace(looks=looks, ended=ended, lost=lost)
        self._watch.beat.late = None
        self._activity.saw((self._sighting.head, self._sighting.tree), time.monotonic())

    def _mind(self, now: float) -> None:
        """End an agent that does nothing; its files are looked at once more first, they may have changed since."""
        self._activity.look(now)
        if self._activity.overdue(now):
            self._look()
            if self._activity.overdue(time.monotonic()):
                with contextlib.suppress(OSError):
                    self._activity.end(self._brief.agent.name)
        self._sighting = self._sighting._replace(active=self._activity.minutes)

    def _save(self) -> None:
        if self._sighting != self._saved:
            self._sighting.save(self._watch.ours)
            self._saved = self._sighting


def _end_with_parent() -> None:
    """Have the kernel end us with `main`, whatever we do just then: the courier of the next attempt writes to the same folder."""
    if sys.platform != "linux":
        return
    import ctypes  # noqa: PLC0415 - 10 ms that only a courier without a container of its own should pay

    ctypes.CDLL(None).prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _now() -> datetime.datetime:
    return datetime.datetime.now().astimezone()


def _clean(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    """What git may see of the environment: no settings of a home that the agent may share."""
    kept = {
        key: value
        for key, value in environ.items()
        if key in ("PATH", "LANG", "TZ") or key.startswith("GASTOWN_POD")
    }
    return {
        **kept,
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
    }
