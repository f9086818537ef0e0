"""One bead's merge, put together: what is settled, what to try, and what may land."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from workflows import refs
from workflows.entries import rules
from workflows.orders import TaskOrders, TrainOrders
from workflows.refinery.candidate.builder import Builder, Made
from workflows.refinery.candidate.closing import Closer
from workflows.refinery.candidate.message import BEAD_TRAILER, HEAD_TRAILER
from workflows.refinery.landing import Lander
from workflows.refinery.outputs import Outputs
from workflows.refinery.queue import order
from workflows.refinery.queue.order import Queued
from workflows.refinery.queue.store import Snapshot, Store
from workflows.refinery.references import References
from workflows.refinery.room import room_of
from workflows.refinery.takeup import TakeUp
from workflows.refinery.trial.plan import Finding, Plan
from workflows.refinery.trial.trial import Trial
from workflows.steps.errors import GateSpoilt, GitFailed, Refused, Unqueued
from workflows.steps.git import refnames
from workflows.steps.git.command import Git
from workflows.steps.git.history import History
from workflows.steps.git.remote import Remote
from workflows.steps.git.submodules import Modules
from workflows.steps.pod.environment import Parking, Pod
from workflows.steps.pod.workspace import Workspace
from workflows.steps.speech import say

if TYPE_CHECKING:
    from workflows.refinery.modes.pr.handover import Sight


class Job(NamedTuple):
    """One bead, one target, and the repository between them."""

    workspace: Workspace
    train: TrainOrders
    task: TaskOrders
    store: Store
    git: Git
    made: Made
    patience: float
    token: Path | None
    references: References
    parking: Parking | None
    seen: "dict[str, Sight]"

    @classmethod
    def of(cls, pod: Pod, train: TrainOrders, task: TaskOrders, git: Git, directory: Path) -> Self:
        """A job over the shared cache, where there is one, else over a store of its own in `directory`."""
        refnames.check(train, task)
        place = pod.cache / "store.git" if pod.cache else directory
        store = Store(git, place, train, task, cached=pod.cache is not None)
        here = git.having(GIT_DIR=place)
        modules = Modules(here, train.repository, directory / "modules")
        references = References(here, train.repository, modules)
        return cls(
            Workspace.of(pod),
            train,
            task,
            store,
            here,
            Made.nothing(),
            pod.patience,
            pod.forge_token,
            references,
            pod.parking,
            {},
        )

    @property
    def remote(self) -> Remote:
        """The rig's repository."""
        return Remote(self.git, self.train.repository)

    @property
    def rules(self) -> str:
        """The digest of what a candidate must pass."""
        return rules(self.train)

    @property
    def outputs(self) -> Outputs:
        """What this step puts out."""
        return Outputs(self.workspace, self.train, self.task)

    def take_up(self) -> None:
        """Make the entry of work that no agent publishes. Raises what `TakeUp.enter` raises, written as the bead's end."""
        if not self.task.taken_up:
            return
        try:
            TakeUp(self.remote, self.store, self.train, self.task).enter()
        except Refused as error:
            self.outputs.fail(error)

    def merged(self, snapshot: Snapshot) -> bool:
        """Whether the target holds what the record of this convoy's merge names."""
        if not snapshot.merged:
            return False
        history = History(self.git, self.store.source, self.store.refspecs)
        return history.contains(snapshot.target, snapshot.merged)

    def landed_since(self, snapshot: Snapshot, target: str, holder: str) -> bool:
        """Whether the bead of a lease's holder is among what was merged onto an earlier head of the target."""
        form = f"--format=%(trailers:key={BEAD_TRAILER},valueonly=true)"
        told = self.git.call("log", "--first-parent", form, f"{target}..{snapshot.target}", "--")
        return bool(holder) and holder.rpartition("/")[2] in told.out.split()

    def settled(self, snapshot: Snapshot, leader: str = "") -> bool:
        """True when the bead is merged already, by an earlier run or as a rider; tidies what its publication left.

        `leader` is the step that this one waited behind, as a lease names its holder.
        """
        if not self.merged(snapshot):
            return False
        wanted = f"--format=%(trailers:key={HEAD_TRAILER},valueonly=true)"
        head = self.git.run("log", "-1", wanted, snapshot.merged).strip()
        self.lander(snapshot).tidy(head)
        self.outputs.merged_before(snapshot.merged, leader)
        return True

    def own(self, snapshot: Snapshot) -> Queued:
        """The bead's entry. Raises Unqueued when it was never published, or its entry was taken away."""
        own = snapshot.own(self.task.bead)
        if own is None:
            raise Unqueued(
                f"{self.task.bead} is not in the queue of {self.train.target}: it was never published, or its entry was "
                "deleted; run its polecat again"
            )
        return own

    def conflicts(self, snapshot: Snapshot, own: Queued) -> bool:
        """Whether the bead conflicts with the target as it is. Tells it: to an agent, or by StillConflicting to a person.

        Raises GitFailed where git can't merge its objects at all.
        """
        dropped = self.builder(snapshot).stack((own,)).dropped
        if dropped and dropped[0].broken:
            raise GitFailed(dropped[0].broken)
        if dropped:
            if own.entry.held:
                self.lander(snapshot).release(own)
            self.outputs.conflict(own, dropped[0].files)
        return bool(dropped)

    def vet(self, snapshot: Snapshot, own: Queued) -> None:
        """Raises Refused for work that refers to what the repository does not have: then it is not even asked for."""
        try:
            self.references.check(snapshot.target, own.sha)
        except Refused as error:
            if kept := self.remote.refs(refs.kept(self.task.bead, "*")):
                error.args = (f"{error}; what its agent made elsewhere is kept as {', '.join(kept)}",)
            self.outputs.fail(error)

    def blocked(self, snapshot: Snapshot, own: Queued, now: float) -> str:
        """Why nothing is tried now: the target is red, and so was the bead on top of it; else nothing."""
        if not self.train.gates:
            return ""
        target = snapshot.results.of(snapshot.tree, self.rules)
        if target is None or not target.red_of_late(now):
            return ""
        tried = snapshot.results.of(self.builder(snapshot).stack((own,)).tree, self.rules)
        return self.red_target(snapshot.target, target.red) if tried and tried.red_of_late(now) else ""

    def expected(self, snapshot: Snapshot, now: float, recent: float) -> bool:
        """Whether beads were published just now whose steps have not asked yet."""
        return any(
            abs(now - each.entry.published) < recent and self._rides(each) and each.bead not in snapshot.asks
            for each in snapshot.queue
        )

    def passed(self, snapshot: Snapshot, own: Queued) -> bool:
        """Whether gates have found the bead's candidate green already."""
        known = snapshot.results.of(self.builder(snapshot).stack((own,)).tree, self.rules)
        return known is not None and not known.red

    def plan(self, snapshot: Snapshot, now: float) -> Plan:
        """What to try. Raises Unqueued."""
        own, target = self.own(snapshot), snapshot.results.of(snapshot.tree, self.rules)
        size = min(snapshot.results.size or self.train.batch, self.train.batch)
        if target and target.red_of_late(now):
            # Perhaps it repairs the target; anybody else beside it would only blur that.
            size = 1
        batch = self._batch(snapshot, own, now, size)
        return Plan(snapshot.target, snapshot.tree, snapshot.time, batch, own.tag, snapshot.results)

    def trial(self, plan: Plan, environ: Mapping[str, str]) -> Finding:
        """Find what of the plan may land. Raises GateBroken."""
        gates = None
        if self.train.gates:
            # Its imports are half of what a step costs that waits for another one's batch.
            from workflows.refinery.gates.runner import Gates  # noqa: PLC0415

            runner = Gates(
                self.git,
                self.train,
                store=self.store.directory,
                room=room_of(self.workspace.root),
                log=self.workspace.out / "gates.log",
                told=sys.stdout.buffer,
                environ=environ,
                modules=self.references.modules,
            )
            gates = runner.run
        try:
            return Trial(self.builder(plan), gates, plan.results, time.time).find(plan.batch)
        except GateSpoilt as error:
            if not plan.batch[1:]:
                raise
            say(f"{error}; the next batch is smaller, so that it stops nobody else")
            return Finding.spoilt()

    def may_land(self, snapshot: Snapshot, own: Queued) -> dict[str, Queued]:
        """By their tags, the entries that this step would try now, in whatever number."""
        batch = self._batch(snapshot, own, time.time(), len(snapshot.queue))
        return {each.tag: each for each in batch}

    def _batch(self, snapshot: Snapshot, own: Queued, now: float, size: int) -> tuple[Queued, ...]:
        asking = {bead for bead, ask in snapshot.asks.items() if ask.fresh(now)}
        return order.batch(own, snapshot.queue, asking=asking, now=now, size=size)

    def _rides(self, each: Queued) -> bool:
        return each.bead != self.task.bead and not each.entry.held and each.entry.rules == self.rules

    def builder(self, on: Plan | Snapshot) -> Builder:
        """What stacks entries on a target."""
        close = Closer(self.git, self.train).close
        return Builder(self.git, self.train, on.target, on.tree, on.time, self.made, close)

    def lander(self, snapshot: Snapshot) -> Lander:
        """What pushes what was built from a snapshot."""
        return Lander(self.remote, self.store, self.train, self.task, snapshot, self.patience)

    def red_target(self, target: str, words: str) -> str:
        """The sentence of a target that fails by itself."""
        return f"{self.train.target} does not pass its own gates at {target[:12]}, so nothing is merged until it does: {words}"
