"""The convoys of one machine."""

import dataclasses
import datetime
import shutil
from collections.abc import Callable, Sequence

from crds import BeadAnswer, Budget, Convoy
from workflows.beads import Bead
from workflows.convoys.answers import answered, landed, same_work
from workflows.convoys.dispatch import begun, overspent
from workflows.errors import Occupied, Refused
from workflows.local.dispatch import Dispatch, Prepared, announced, planned, trains
from workflows.local.ground import Grounds
from workflows.local.home import Home
from workflows.local.kept import Kept
from workflows.local.logins import Logins
from workflows.local.observed import Observed
from workflows.local.processes import daemon
from workflows.local.records import ConvoyRecords
from workflows.local.store import Store
from workflows.local.wishes import Wishes
from workflows.names import BeadId
from workflows.observe import convoy_status
from workflows.plan import Plan

LEAVES = 10.0
"""Seconds in which the runner of a convoy that has ended is gone, unless it still calls the user."""


@dataclasses.dataclass(frozen=True, slots=True)
class Convoys:
    """The convoys of one town."""

    store: Store
    records: ConvoyRecords
    observed: Observed
    home: Home
    grounds: Grounds
    clock: Callable[[], datetime.datetime]
    kept: Kept

    def all(self) -> tuple[Convoy, ...]:
        """All convoys that can be read with their status, by name."""
        return tuple(self.store.readable.each(self.store.names("Convoy"), self.get))

    def get(self, name: str) -> Convoy:
        """One convoy with its status, at the attempt that runs. Raises Missing, naming the convoys there are."""
        return self.kept.of(name, lambda: self._seen(name))

    def _seen(self, name: str) -> Convoy:
        observations = self.observed.of_convoy(name)
        convoy = begun(self.records.convoy(name), observations)
        if not (convoy.spec.stop or announced(convoy)):
            # Its runner is about to: until then the end of the attempt before it would pass for the convoy's.
            update = {"trains": trains(convoy, self.plan(convoy))}
            convoy = convoy.model_copy(update={"status": convoy.status.model_copy(update=update)})
        return convoy.model_copy(update={"status": convoy_status(convoy, observations)})

    def prepare(self, convoy: Convoy) -> Prepared:
        """Plan and compile a convoy and change nothing. Raises Refused or Missing."""
        convoy = self._stamped(convoy)
        return Dispatch(convoy, self.grounds.of(convoy, self.grounds.beads(convoy))).prepared()

    def create(self, convoy: Convoy) -> Convoy:
        """Make a convoy and submit what can start; `start` lets it run. The same convoy again changes nothing.

        Raises Refused, Missing, or Occupied when the name is taken by another convoy.
        """
        name = convoy.metadata.name
        known = self.store.resource("Convoy", name)
        if known is not None:
            if not same_work(self.records.convoy(name).spec, convoy.spec):
                raise Occupied(f"convoy {name}: exists with other beads or settings; choose another name")
            return self.get(name)
        convoy = self._stamped(convoy)
        beads = self.grounds.beads(convoy)
        dispatch = Dispatch(convoy, self.grounds.of(convoy, beads))
        with self.store.transaction():
            if self.store.resource("Convoy", name) is not None:  # another process was faster
                return self.create(convoy)
            self.records.put(convoy, dispatch)
            self.records.put_beads(name, beads)
            dispatch.submit_ready(self.store, now=self.clock())
        return self.get(name)

    def add(self, name: str, beads: Sequence[str]) -> Convoy:
        """Let a convoy that has not ended carry more beads of its rig; those that it has stay as they are.

        Raises Missing, and Refused for one that has ended and for beads that can't be worked.
        """
        read = self.grounds.beads(_with(self.records.convoy(name), beads))
        with self.store.transaction():  # the runner writes to the same manifest
            before = self.get(name)
            if before.status.ended:
                raise Refused(f"convoy {name}: it has ended ({before.status.phase}); make another convoy")
            convoy = _with(before, beads)
            known = read | {
                bead.id: bead for bead in self.records.beads(name) if bead.id in before.spec.tracked_beads
            }
            dispatch = Dispatch(convoy, self.grounds.of(convoy, known), self.observed.of_convoy(name))
            # As it is stored: it may wait for an attempt that has not begun.
            self.records.put(_with(self.records.convoy(name), beads), dispatch)
            self.records.put_beads(name, known)
            dispatch.submit_ready(self.store, now=self.clock())
        self.start(name)
        return self.get(name)

    def start(self, name: str) -> bool:
        """Let a convoy run in the background, unless it has ended; tells whether it runs now."""
        convoy = self.get(name)
        if convoy.status.ended:
            return False
        daemon.start(self.home, name)
        return True

    def resume(self, name: str, *, budget: float | None = None) -> Convoy:
        """Go on with a convoy: one whose runner was lost runs on, one that failed or was stopped gets another attempt at what is left.

        `budget` is what it may spend in all from now on, in US dollars.
        """
        if budget:
            with self.store.transaction():  # the runner writes to the same manifest
                held = self.records.convoy(name).spec.budget or Budget()
                raised = Budget.model_validate(held.model_dump() | {"total_usd": budget})
                self.records.change(name, budget=raised)
        with self.store.transaction():  # others who resume or answer write to the same manifest
            convoy = self.get(name)
            if convoy.status.phase == "Complete":
                return convoy
            if convoy.status.phase == "Failed":
                self.records.change(name, attempt=convoy.spec.attempt + 1, stop=False, retry=())
                self.submit_ready(name)
        self.start(name)
        return self.get(name)

    def answer(self, name: str, answer: BeadAnswer) -> Convoy:
        """Say something to the agent that works a bead next, and let it: in another attempt, once the present one has ended.

        Raises Missing.
        """
        with self.store.transaction():  # the runner and others who answer write to the same manifest
            spec = self.records.convoy(name).spec
            self.records.change(name, **answered(spec, answer, begun=self._begun(name, spec.attempt)))
            self.submit_ready(name)
        self.start(name)
        return self.get(name)

    def land(self, name: str, beads: Sequence[str]) -> Convoy:
        """Let held beads into the target: in another attempt, once the present one has ended. Raises Missing."""
        with self.store.transaction():
            spec = self.records.convoy(name).spec
            self.records.change(name, **landed(spec, beads, begun=self._begun(name, spec.attempt)))
            self.submit_ready(name)
        self.start(name)
        return self.get(name)

    def _begun(self, name: str, attempt: int) -> bool:
        return bool(self.store.workflows(name, attempt))

    def submit_ready(self, name: str, *, now: datetime.datetime | None = None) -> bool:
        """Submit the Workflows of a convoy whose turn has come; tells whether more are to come. A runner tells the time by its own clock."""
        convoy = self.get(name)
        dispatch = self.dispatch(convoy)
        before = {each.workflow for each in self.records.convoy(name).status.trains}
        if dispatch.trains and before.isdisjoint(each.workflow for each in dispatch.trains):
            # A new attempt begins, and whoever ended a polecat of the one before it meant that one.
            with self.store.transaction():
                self.store.forget_terminations(name)
                self.records.put(self.records.convoy(name), dispatch)  # `stop` may have written since
        return dispatch.submit_ready(self.store, now=now or self.clock())

    def stop(self, name: str) -> Convoy:
        """Ask a convoy to stop: its agents are ended, their work so far is pushed. One that has ended is left as it is."""
        convoy = self.get(name)
        if convoy.status.ended:
            return convoy
        with self.store.transaction():  # the runner writes to the same manifest
            self.records.change(name, stop=True)
        daemon.start(self.home, name)
        return self.get(name)

    def delete(self, name: str) -> None:
        """Forget a convoy with its clones and logs. Raises Missing, and Refused while it runs."""
        if name not in self.store.names("Convoy"):  # or one like `../..` would name other people's files
            self.records.convoy(name)
        if daemon.alive(self.home, name) and not self._leaves(name):
            raise Refused(f"convoy {name}: it runs; stop it first")
        # First the files: a convoy of the same name must not take up clones of this one.
        for place in (name, *self.store.workflow_names(name)):
            shutil.rmtree(self.home.work(place), ignore_errors=True)
            shutil.rmtree(self.home.logs(place), ignore_errors=True)
        self.records.delete(name)

    def _leaves(self, name: str) -> bool:
        """Whether a runner that is at work is about to leave, as its convoy has ended; waits for it."""
        return self.get(name).status.ended and daemon.gone(self.home, name, within=LEAVES)

    def dispatch(self, convoy: Convoy) -> Dispatch:
        """The trains of a convoy's present attempt, over the beads as they were when it was made."""
        name = convoy.metadata.name
        return Dispatch(convoy, self.grounds.of(convoy, self._recorded(name)), self.observed.of_convoy(name))

    def plan(self, convoy: Convoy) -> Plan:
        """What its dispatch goes by, without a look at the rig, its repository or its agents."""
        name = convoy.metadata.name
        return planned(convoy, self._recorded(name), self.observed.of_convoy(name))

    def _recorded(self, name: str) -> dict[BeadId, Bead]:
        return {bead.id: bead for bead in self.records.beads(name)}

    def wishes(self, name: str) -> Wishes:
        """What is asked of a running convoy now."""
        convoy = self.records.convoy(name)
        spent = overspent(convoy, self.observed.of_convoy(name) if convoy.spec.budget else ())
        rig, agent = self.records.agent(convoy)
        return Wishes(
            stop=convoy.spec.stop,
            suspend=convoy.spec.suspend,
            spent=spent and f"{spent}; raise it with convoy resume {name} --budget",
            terminated=self.store.terminations(name),
            logged_out=Logins(self.store).expired(rig, agent),
        )

    def refused(self, name: str, began: datetime.datetime, message: str) -> None:
        """An agent of a convoy that began then found its credentials refused: whatever of its rig asks for that agent waits."""
        rig, agent = self.records.agent(self.records.convoy(name))
        Logins(self.store).refused(rig, agent, began=began, message=message)

    def renewed(self) -> tuple[str, ...]:
        """The agents' credentials were renewed: what waited for them goes on. Returns the convoys that do."""
        rigs = Logins(self.store).synced(self.clock())
        waiting = [each.metadata.name for each in self.all() if each.spec.rig_ref in rigs]
        return tuple(name for name in waiting if self.start(name))

    def _stamped(self, convoy: Convoy) -> Convoy:
        metadata = convoy.metadata.model_copy(update={"creation_timestamp": self.clock()})
        return convoy.model_copy(update={"metadata": metadata})


def _with(convoy: Convoy, beads: Sequence[str]) -> Convoy:
    tracked = (*convoy.spec.tracked_beads, *beads)
    return convoy.model_copy(update={"spec": convoy.spec.model_copy(update={"tracked_beads": tracked})})
