"""One bead's merge, put together: what is settled, what to try, and what to do with what was found."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, NoReturn, Self

from workflows.exits import Reason
from workflows.orders import TaskOrders, TrainOrders
from workflows.refinery import queue
from workflows.refinery.candidate import HEAD_TRAILER, Builder, Stack
from workflows.refinery.closing import Closer
from workflows.refinery.gates import Gates
from workflows.refinery.landing import Lander, Landing
from workflows.refinery.plan import Plan
from workflows.refinery.queue import Queued
from workflows.refinery.repository import Snapshot, Store
from workflows.refinery.trial import Finding, Trial
from workflows.steps import refnames
from workflows.steps.errors import GateRed, StepError, StillConflicting, Unqueued
from workflows.steps.git import Git
from workflows.steps.history import History
from workflows.steps.pod import Pod
from workflows.steps.remote import Remote
from workflows.steps.speech import say
from workflows.steps.workspace import Workspace
from workflows.transcript.clean import clip
from workflows.transcript.report import SUMMARY_BYTES


class Job(NamedTuple):
    """One bead, one target, and the repository between them."""

    workspace: Workspace
    train: TrainOrders
    task: TaskOrders
    store: Store
    git: Git
    stacks: dict[tuple[str, ...], Stack]

    @classmethod
    def of(cls, pod: Pod, train: TrainOrders, task: TaskOrders, git: Git, directory: Path) -> Self:
        """A job over the shared cache, where there is one, else over a store of its own in `directory`."""
        refnames.check(train, task)
        place = pod.cache / "store.git" if pod.cache else directory
        store = Store(git, place, train, task, cached=pod.cache is not None)
        return cls(Workspace(pod.workspace), train, task, store, git.having(GIT_DIR=place), {})

    def merged(self, snapshot: Snapshot) -> bool:
        """Whether the target holds what the record of this convoy's merge names."""
        if not snapshot.merged:
            return False
        history = History(self.git, self.store.source, self.store.refspecs)
        return history.contains(snapshot.target, snapshot.merged)

    def settled(self, snapshot: Snapshot) -> bool:
        """True when the bead is merged already, by an earlier run or as a rider; tidies what its publication left."""
        if not self.merged(snapshot):
            return False
        wanted = f"--format=%(trailers:key={HEAD_TRAILER},valueonly=true)"
        head = self.git.run("log", "-1", wanted, snapshot.merged).strip()
        self._lander(snapshot).tidy(head)
        self._write("merged", snapshot.merged, Reason.COMPLETED, f"{self.task.bead} was merged already")
        return True

    def plan(self, snapshot: Snapshot, now: float) -> Plan:
        """What to try. Raises Unqueued when the bead was never published, or its entry was taken away."""
        own = self._own(snapshot)
        batch = queue.batch(own, snapshot.queue, now=now, size=self.train.batch)
        return Plan(target=snapshot.target, tree=snapshot.tree, time=snapshot.time, batch=batch)

    def trial(self, plan: Plan, environ: Mapping[str, str]) -> Finding:
        """Find what of the plan may land. Raises GateBroken."""
        if not plan.batch:
            return Finding(target=plan.target)
        gates = None
        if self.train.gates:
            room = self.workspace.root / "merge"
            log = self.workspace.out / "gates.log"
            store, told = self.store.directory, sys.stdout.buffer
            gates = Gates(self.git, self.train, store, room / "tree", log, told, environ).run
        return Trial(self._builder(plan), gates).find(plan.batch)

    def finish(self, snapshot: Snapshot, finding: Finding) -> bool:
        """Land what is good, then tell the own bead's fate. False when the refs moved: find again."""
        own = self._own(snapshot)
        if finding.conflict:
            self._conflict(own, finding.conflict)
            return True
        there = {each.tag: each for each in snapshot.queue}
        if not all(tag in there for tag in finding.good) or not (finding.red or own.tag in finding.good):
            return False
        stack = self._builder(snapshot).stack(there[tag] for tag in finding.good)
        if self.train.beads:
            stack = Closer(self.git, self.train).close(stack)
        lander = self._lander(snapshot)
        if stack.landed and lander.land(stack) is Landing.MOVED:
            return False
        if finding.red:
            self._red(lander, own, finding.red)
        self._landed(stack, own)
        return True

    def _own(self, snapshot: Snapshot) -> Queued:
        own = snapshot.own(self.task.bead)
        if own is None:
            raise Unqueued(
                f"{self.task.bead} is not in the queue of {self.train.target}: it was never published, or its entry was "
                "deleted; run its polecat again"
            )
        return own

    def _builder(self, on: Plan | Snapshot) -> Builder:
        train = self.train
        maker = (train.style, train.author, train.email)
        return Builder(self.git, on.target, on.tree, on.time, *maker, self.stacks)

    def _lander(self, snapshot: Snapshot) -> Lander:
        remote = Remote(self.git, self.train.repository)
        return Lander(remote, self.store, self.train, self.task, snapshot)

    def _landed(self, stack: Stack, own: Queued) -> None:
        landed = next(each for each in stack.landed if each.queued.tag == own.tag)
        riders = [each.queued.bead for each in stack.landed if each.queued.tag != own.tag]
        summary = f"merged {own.bead} into {self.train.target} as {landed.sha[:12]}"
        if landed.empty:
            summary = f"{self.train.target} held the change of {own.bead} already, at {landed.sha[:12]}: nothing to merge"
        if riders:
            summary += f", with {', '.join(riders)}"
        if stack.closing:
            summary += f"; closed in {self.train.beads}"
        self._write("merged", landed.sha, Reason.COMPLETED, summary)

    def _conflict(self, own: Queued, files: tuple[str, ...]) -> None:
        """Hand the conflict to an agent, or to a person when agents had their rounds. Raises StillConflicting."""
        named = f"{', '.join(files[:8])}{' ...' if files[8:] else ''}"
        words = f"{own.bead} conflicts with {self.train.target} in {named}"
        if own.entry.rounds < self.train.rounds:
            self._write("conflict", "", Reason.CONFLICT, words)
            return
        self._fail(
            StillConflicting(
                f"{words}, after {own.entry.rounds} rounds of resolving: merge {self.train.target} into {own.entry.branch} "
                "by hand, push it, and sling the bead again"
            )
        )

    def _red(self, lander: Lander, own: Queued, words: str) -> NoReturn:
        try:
            lander.hold(own, words, int(time.time()))
        except StepError as error:
            say(f"the entry of {own.bead} could not be marked as held: {error}")
        self._fail(GateRed(f"{own.bead} does not pass: {words}"))

    def _fail(self, error: StepError) -> NoReturn:
        self._write("none", "", error.reason, str(error))
        raise error

    def _write(self, outcome: str, sha: str, reason: Reason, summary: str) -> None:
        outputs = {
            "outcome": outcome,
            "sha": sha,
            "reason": reason.word,
            "summary": clip(summary, SUMMARY_BYTES),
        }
        self.workspace.write_outputs(outputs)
