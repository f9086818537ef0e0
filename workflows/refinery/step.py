"""The merge step: one bead's way from the queue to the target, in one process or in three containers.

prepare has the read key, gates has none, push has the push key. What push makes, it makes from the repository's refs and
the names that gates found good; nothing that agents' code could have written is trusted.
"""

import contextlib
import signal
import time
from collections.abc import Iterator, Mapping
from types import FrameType

from workflows.refinery.job import Job
from workflows.refinery.plan import Plan
from workflows.refinery.trial import Finding
from workflows.steps.access import opened
from workflows.steps.errors import Outrun, Stopped
from workflows.steps.git import Git
from workflows.steps.pod import Pod
from workflows.steps.private import remove_tree

TRIES = 8
"""How often a merge is built again because the target moved. The mutex makes even two rare."""


def merge(pod: Pod, environ: Mapping[str, str]) -> None:
    """All of it in one process. Raises a StepError with the reason."""
    train, task = pod.orders()
    with opened(pod, train.repository, environ, host_keys=train.host_keys) as (git, private):
        job = Job.of(pod, train, task, git, private / "store.git")
        for _ in range(TRIES):
            snapshot = job.store.refresh()
            if job.settled(snapshot):
                return
            plan = job.plan(snapshot, time.time())
            with _stopping():
                finding = job.trial(plan, environ)
            if job.finish(snapshot, finding):
                return
    raise Outrun(f"{train.target} moved under {TRIES} merges of {task.bead}: run the step again")


def prepare(pod: Pod, environ: Mapping[str, str]) -> None:
    """Fetch what the gates need. Decides nothing that push does not decide again."""
    train, task = pod.orders()
    room = pod.workspace / "merge"
    remove_tree(room)
    room.mkdir(parents=True)
    with opened(pod, train.repository, environ, host_keys=train.host_keys) as (git, _):
        job = Job.of(pod, train, task, git, room / "store.git")
        snapshot = job.store.refresh()
        done = job.merged(snapshot) or snapshot.own(task.bead) is None
        plan = Plan.nothing(snapshot.target) if done else job.plan(snapshot, time.time())
        plan.save(room / "plan.json")


def gates(pod: Pod, environ: Mapping[str, str]) -> None:
    """Stack and test, without credentials and without the network."""
    train, task = pod.orders()
    room = pod.workspace / "merge"
    plan = Plan.load(room / "plan.json")
    job = Job.of(pod, train, task, Git.of(environ), room / "store.git")
    with _stopping():
        finding = job.trial(plan, environ)
    finding.save(room / "finding.json")


def push(pod: Pod, environ: Mapping[str, str]) -> None:
    """Land what the gates found good. Raises Outrun when the target moved meanwhile: then the gates must run again."""
    train, task = pod.orders()
    with opened(pod, train.repository, environ, host_keys=train.host_keys) as (git, private):
        job = Job.of(pod, train, task, git, private / "store.git")
        snapshot = job.store.refresh()
        if job.settled(snapshot):
            return
        finding = Finding.load(pod.workspace / "merge" / "finding.json")
        if finding.target != snapshot.target or not job.finish(snapshot, finding):
            raise Outrun(f"{train.target} moved while the gates of {task.bead} ran: run the step again")


@contextlib.contextmanager
def _stopping() -> Iterator[None]:
    """SIGTERM unwinds the stack, so that no gate outlives its step."""
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise Stopped
