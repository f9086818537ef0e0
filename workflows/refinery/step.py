"""The merge step: one bead's way from the queue to the target, in one process or in three containers.

prepare has the read key, gates has none, `main`, which pushes, has the push key and starts with the gates. What it makes, it makes from
the repository's refs and the names that gates found good; nothing that agents' code could have written is trusted.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from workflows.orders import TrainOrders
from workflows.refinery.finish import Finish
from workflows.refinery.job import Job
from workflows.refinery.modes.pr.step import PullStep
from workflows.refinery.queue.presence import Presence
from workflows.refinery.room import FINDING, PLAN, fresh, room_of
from workflows.refinery.stopping import stopping
from workflows.refinery.trial.plan import Plan
from workflows.refinery.turn import Turn
from workflows.refinery.watch import await_finding
from workflows.steps.errors import AccessRefused, OrdersUnread, TargetMoved, Unreachable
from workflows.steps.git.access import opened
from workflows.steps.git.command import Git
from workflows.steps.git.patience import Never, Patience
from workflows.steps.pod.environment import Pod

TRIES = 20
"""How often a merge is built again because the target moved, without gates; with gates a new pod runs them again."""


def merge(pod: Pod, environ: Mapping[str, str]) -> None:
    """All of it in one process. Raises a StepError with the reason."""
    with pushing(pod, environ) as job:
        _patiently(pod, job, lambda: run(job, pod, environ))


def run(job: Job, pod: Pod, environ: Mapping[str, str]) -> None:
    """One job in one process: its turn, its gates, its landing."""
    job.take_up()
    snapshot = job.store.refresh()
    if PullStep(job, snapshot).ended():
        return
    with _present(job) as presence:
        _lead(job, Turn(pod, job, presence, snapshot), presence, environ)


def _lead(job: Job, turn: Turn, presence: Presence, environ: Mapping[str, str]) -> None:
    """Build, test and land, as often as others are first. Raises TargetMoved."""
    for _ in range(TRIES):
        lead = turn.lead()
        if lead is None:
            return
        if job.train.gates:
            with presence.kept():
                job.references.bring(lead.plan.tips, lead.plan.target)
        finding = job.trial(lead.plan, environ)
        if Finish(job, lead.snapshot).land(finding, presence):
            return
    raise TargetMoved(
        f"{job.train.target} moved under {TRIES} merges of {job.task.bead}: it is merged again later"
    )


def prepare(pod: Pod, environ: Mapping[str, str]) -> None:
    """Wait for the turn, and fetch what the gates need. Decides nothing that `main` does not decide again."""
    train, task = pod.orders()
    room = fresh(pod)
    with (
        stopping(),
        opened(pod, train.repository, environ, host_keys=train.host_keys, key_for=train.key_for) as (git, _),
    ):
        job = Job.of(pod, train, task, git, room / "store.git")
        _patiently(pod, job, lambda: _prepare(job, pod, room))


def _prepare(job: Job, pod: Pod, room: Path) -> None:
    job.take_up()
    with _present(job, hands_on=True) as presence:
        turn = Turn(pod, job, presence)
        lead = turn.lead()
        plan = lead.plan if lead else Plan.nothing(turn.leader)
        if lead:
            with presence.kept():
                job.references.bring(plan.tips, plan.target)
        plan.save(room / PLAN)
        if lead:
            # The gates are about to run, and `main` goes on with what was taken.
            presence.gone()


def push(pod: Pod, environ: Mapping[str, str]) -> None:
    """Land what the gates found good. Raises TargetMoved when the target moved meanwhile: then the gates must run again."""
    with pushing(pod, environ) as job:
        _patiently(pod, job, lambda: _push(job, pod))


def _push(job: Job, pod: Pod) -> None:
    with _present(job) as presence:
        snapshot = job.store.refresh()
        if job.settled(snapshot, _leader(room_of(pod.workspace))) or PullStep(job, snapshot).ended():
            return
        own = job.own(snapshot)
        presence.keep(snapshot)
        if job.conflicts(snapshot, own):
            return
        slow = functools.partial(PullStep(job, snapshot).announce, own)
        finding = await_finding(pod, room_of(pod.workspace) / FINDING, presence, slow=slow)
        snapshot = job.store.refresh()
        if job.settled(snapshot) or Finish(job, snapshot).land(finding, presence):
            return
        snapshot = job.store.refresh()
        if not job.conflicts(snapshot, job.own(snapshot)):
            raise TargetMoved(
                f"{job.train.target} moved while the gates of {job.task.bead} ran: it is tested again on what is there now"
            )


def _patiently(pod: Pod, job: Job, do: Callable[[], None]) -> None:
    """Do it again where the repository does not answer, or lets nobody in: each of its beads would fail in the minutes that it takes. With a
    forge between them that is left to the next attempt, which knows how to wait for what this one claimed there.
    """
    if job.train.pulls:
        do()
    else:
        Patience(pod.patience, Never(), first=1.0, longest=15.0, only=(Unreachable, AccessRefused)).over(do)


@contextlib.contextmanager
def pushing(pod: Pod, environ: Mapping[str, str]) -> Iterator[Job]:
    """The job of a step that pushes: over a store that nobody else can write to."""
    train, task = pod.orders()
    with stopping(), _signing(pod, train, environ) as (git, private):
        yield Job.of(pod, train, task, git, private / "store.git")


def _signing(
    pod: Pod, train: TrainOrders, environ: Mapping[str, str]
) -> AbstractContextManager[tuple[Git, Path]]:
    """The repository, with the key for commits where the rig wants them signed. Raises AccessRefused where that is not there."""
    if train.sign and not pod.signing_key:
        raise AccessRefused(
            "the key that merged commits are signed with is not there: put it into the Secret that the rig's "
            "commits.signingKeySecretRef names"
        )
    key = pod.signing_key if train.sign else None
    return opened(
        pod, train.repository, environ, host_keys=train.host_keys, key_for=train.key_for, signing=key
    )


@contextlib.contextmanager
def _present(job: Job, *, hands_on: bool = False) -> Iterator[Presence]:
    """An ask and a lease, taken away at the end, whatever it is."""
    presence = Presence(job.remote, job.train, job.task, hands_on=hands_on)
    try:
        yield presence
    finally:
        presence.leave()


def _leader(room: Path) -> str:
    """Whose batch prepare found the bead merged in, for the summary alone."""
    with contextlib.suppress(OrdersUnread):
        return Plan.load(room / PLAN).leader
    return ""
