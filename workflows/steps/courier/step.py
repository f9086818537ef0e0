"""The container `courier`: follows the agent to its end, and brings what it makes to `main` in packs."""

import contextlib
import datetime
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from workflows.steps.courier import heads, launcher
from workflows.steps.courier.activity import Activity
from workflows.steps.courier.contents import Contents
from workflows.steps.courier.heads import Heads
from workflows.steps.courier.launcher import Pulse
from workflows.steps.courier.listener import Listener
from workflows.steps.courier.snapshot import Snapshots
from workflows.steps.courier.stock import Stock
from workflows.steps.errors import StepError
from workflows.steps.git.command import Git
from workflows.steps.pod.environment import Pod
from workflows.steps.pod.termination import Termination
from workflows.steps.speech import say
from workflows.steps.wall.brief import Brief
from workflows.steps.wall.door import Folder
from workflows.steps.wall.sighting import BEAT, REPOSITORY, Asked, Sighting

FIRST_LOOK, LONGEST_LOOK = 0.01, 0.1
"""Seconds between two looks at the launcher: short at first, for short agents; a look costs a few stats."""

EARLY = 0.5
"""Seconds of looking at files after which the commits alone are told."""

LEAVING = 15.0
"""Seconds for which a courier that is told to stop still serves `main`, which then pushes for the last time."""

BEATING = 1.0
GIT_SECONDS = 120.0
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
                work = Work(pod.handover, theirs, brief, Git.of(_clean(environ, pod.handover)), beat)
                Courier(watch, run, work, brief, pod.silence).run()


class Beat:
    """A file whose time says that the courier lives."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._last = 0.0
        self.late: Callable[[float], None] | None = None
        """Called with the time, while a look takes long."""

    def __call__(self) -> None:
        """Beat, if it is time."""
        now = time.monotonic()
        if now - self._last >= BEATING:
            self._last = now
            self._file.write_bytes(b"")
        if self.late:
            self.late(now)


class Watch:
    """Waits: for a wish of `main`, for SIGTERM, for the end of the process that started us."""

    def __init__(self, ours: Folder, termination: Termination, parent: int, beat: Beat) -> None:
        self.ours = ours
        self.termination = termination
        self._parent = parent
        self.beat = beat
        self._leave = 0.0
        self.asked = Asked()

    def main_is_up(self) -> bool:
        """Wait for `main`. False when it will not come."""
        while not self.over():
            if Asked.load(self.ours):
                return True
            self.termination.wait(FIRST_LOOK)
        return False

    def over(self) -> bool:
        """Whether nobody wants anything any more."""
        self.beat()
        self.asked = Asked.load(self.ours) or self.asked
        if self.asked.done or (self._parent and os.getppid() != self._parent):
            return True
        if self.termination.asked:
            self._leave = self._leave or time.monotonic() + LEAVING
        return bool(self._leave) and time.monotonic() > self._leave


class Work:
    """Sees what the agent has made, and packs what is new of it."""

    def __init__(self, place: Path, theirs: Folder, brief: Brief, git: Git, beat: Beat) -> None:
        repository = place / REPOSITORY
        self._theirs = theirs
        self._brief = brief
        self._stock = Stock(place, brief.packs, beat)
        self._contents = Contents(place, beat)
        self._repository = repository
        self._snapshots = Snapshots(git.within_seconds(GIT_SECONDS), repository, place, beat)

    def commits(self, before: Sighting) -> Sighting:
        """What the agent has committed, wherever."""
        found = Heads()
        with contextlib.suppress(OSError), self._theirs.folder("repo/.git") as directory:
            found = heads.read(directory, self._brief.branch)
            with directory.folder("objects") as objects:
                self._stock.take(objects)
            self._contents.take(directory)
        return before._replace(
            packs=self._stock.packs,
            head=found.head,
            branch=found.branch,
            others=found.others,
            merging=found.merging,
            under_way=found.under_way,
        )

    def files(self, before: Sighting) -> Sighting:
        """All its files as they are. What goes wrong with them is told, and keeps the last tree."""
        try:
            return self._files(before)
        except (StepError, OSError) as error:
            say(f"the agent's files could not be looked at, trying again later: {error}")
            return before

    def _files(self, before: Sighting) -> Sighting:
        index = None
        with contextlib.suppress(OSError), self._theirs.folder("repo/.git") as directory:
            index = self._snapshots.index(directory)
        with self._theirs.folder("repo") as repo:
            seen = self._snapshots.take(repo, index, self._stock.seen.__contains__)
        with Folder.at(self._repository / "objects") as objects:
            self._stock.take(objects)
        unmerged = index.unmerged if index else {}
        undecided = tuple(path for path, stages in unmerged.items() if not stages >= {2, 3})
        return before._replace(
            packs=self._stock.packs,
            tree=seen.tree,
            left=seen.left,
            unmerged=tuple(unmerged),
            undecided=undecided,
        )


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
            if now >= due or stopping or self._watch.asked.look > self._sighting.looks:
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
