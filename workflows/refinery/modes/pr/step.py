"""The merge step of a bead whose work is handed over by pull request: what it tells people there, and what comes back from them."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from workflows.exits import Reason
from workflows.orders import PullOrders, TaskOrders, TrainOrders
from workflows.refinery.landing import Lander
from workflows.refinery.outputs import Outputs
from workflows.refinery.queue.order import Queued
from workflows.refinery.queue.store import Snapshot
from workflows.shape import WAITING
from workflows.steps.errors import StepError
from workflows.steps.git.remote import Remote
from workflows.steps.pod.environment import Parking

if TYPE_CHECKING:
    from workflows.refinery.modes.pr.handover import Sight
    from workflows.refinery.modes.pr.landing import Outcome, PullLanding


DEEPEST = 60
"""Graphs inside each other in which a merge gives way to a wait: Argo allows a hundred, and conflicts need some."""

EVENTS = {"ChangesRequested": "ChangesRequested", "ChecksFailed": "CheckFailed"}
"""By why work goes back, the event for which a rig may sling a convoy that works the branch again."""

LONG = 14
"""Tries after which checks are waited for as people are: three quarters of an hour."""


class Merging(Protocol):
    """The merge of one bead, as far as handing over needs it."""

    @property
    def train(self) -> TrainOrders:
        """What holds for all beads of the convoy."""

    @property
    def task(self) -> TaskOrders:
        """What holds for this one."""

    @property
    def token(self) -> Path | None:
        """The token for the forge."""

    @property
    def seen(self) -> "dict[str, Sight]":
        """What this process saw of pull requests, by branch."""

    @property
    def parking(self) -> Parking | None:
        """Whether it may give way to a wait without a pod."""

    @property
    def outputs(self) -> Outputs:
        """What its step puts out."""

    @property
    def remote(self) -> Remote:
        """The rig's repository."""

    def own(self, snapshot: Snapshot) -> Queued:
        """The bead's entry."""

    def passed(self, snapshot: Snapshot, own: Queued) -> bool:
        """Whether gates have found its candidate green already."""

    def lander(self, snapshot: Snapshot) -> Lander:
        """What pushes what was built from a snapshot."""


class PullStep(NamedTuple):
    """One look at the pull request of a job's bead, over the refs as they were."""

    job: Merging
    snapshot: Snapshot

    def ended(self) -> bool:
        """Whether people have merged or closed it. Raises PullDeclined for a closed one."""
        job = self.job
        if job.train.pulls is None or job.token is None or self.snapshot.own(job.task.bead) is None:
            return False
        return self._settled(self._landing().ended())

    def announce(self, own: Queued) -> None:
        """Where the gates have yet to run: open it, and say so on it, so that people see the work already."""
        if self.job.train.pulls and not self.job.passed(self.snapshot, own):
            self._landing().announce()

    def failed(self, words: str) -> None:
        """Say on it what the gates found. Best effort: the bead ends by that in any case."""
        if self.job.train.pulls:
            with contextlib.suppress(StepError):
                self._landing().fail(words)

    def advance(self) -> bool:
        """Take the work, whose gates have passed, as far as it goes now. True when it is merged, or back with its agent."""
        return self._settled(self._landing().advance())

    def _settled(self, outcome: "Outcome | None") -> bool:
        """True when this step is over with it, False when it is found anew or nothing is known. Raises what is tried again."""
        if outcome is None:
            return False
        if outcome.merged:
            self.job.outputs.write("merged", outcome.merged, Reason.COMPLETED, outcome.words)
        if outcome.rework:
            self._rework(outcome.rework, outcome.asked)
        if outcome.error and self._parks(outcome.error):
            self.job.outputs.write(WAITING, outcome.mark, outcome.error.reason, str(outcome.error))
        elif outcome.error:
            self.job.outputs.fail(outcome.error, mark=outcome.mark)
        return bool(outcome.merged or outcome.rework or outcome.error)

    def _parks(self, error: StepError) -> bool:
        """Whether the graph has a wait for this: for people at once, for checks when they take long."""
        where = self.job.parking
        if where is None or where.depth > DEEPEST:
            return False
        return error.reason is Reason.AWAITING_REVIEW or (
            error.reason is Reason.AWAITING_CHECKS and where.look >= LONG
        )

    def _rework(self, words: str, asked: str) -> None:
        """Hand what people or checks say to the agent, or to a person when agents had their rounds. Raises GateRed."""
        job = self.job
        own = job.own(self.snapshot)
        job.lander(self.snapshot).hold(own, words)
        mend = f"push to {own.entry.branch} by hand"
        if job.task.by_hand:
            why = f"No agent takes this up: {mend}, and retry it in the merge queue"
        elif EVENTS.get(asked) in job.train.slings:
            # Else two would answer one review.
            why = f"The next event goes on from here: {mend}, or resume the convoy"
        elif own.entry.rounds >= job.train.rounds:
            why = f"Agents had their {own.entry.rounds} rounds: {mend}, or resume the convoy"
        else:
            job.outputs.write("conflict", "", Reason.GATE_FAILED, words)
            return
        job.outputs.held_back(Reason.GATE_FAILED.word, f"{words}\n{why}")

    def _landing(self) -> "PullLanding":
        # Most merges ask no forge, and its modules take longer to import than the rest of a step.
        from workflows.refinery.modes.pr.handover import HandOver  # noqa: PLC0415
        from workflows.refinery.modes.pr.landing import PullLanding  # noqa: PLC0415

        job, snapshot = self.job, self.snapshot
        token = job.token.read_text(encoding="utf-8").strip() if job.token else ""
        handover = HandOver.of(job.train.pulls or PullOrders("", ""), job.train.target, token, job.seen)
        own = job.own(snapshot)
        return PullLanding(job.remote, job.train, own, snapshot.branch, snapshot.target, handover)
