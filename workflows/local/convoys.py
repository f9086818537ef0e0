"""The convoys of one machine."""

import dataclasses
import datetime
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from crds import BeadAnswer, Convoy, Manifest, Rig
from workflows.agents import chosen, presets
from workflows.answers import answered, landed, same_work
from workflows.beads import Bead, with_closed
from workflows.dispatch import begun, overspent
from workflows.errors import Occupied, Refused
from workflows.hints import not_found
from workflows.local import daemon
from workflows.local.dispatch import Dispatch, Ground
from workflows.local.home import Home
from workflows.local.logins import Logins
from workflows.local.observed import Observed
from workflows.local.repositories import inspection
from workflows.local.rigs import Rigs
from workflows.local.runner import Wishes
from workflows.local.store import Store
from workflows.names import BeadId
from workflows.observe import convoy_status
from workflows.plan import Plan, asks_stores

_BEADS = "ConvoyBeads"
"""Kind under which the store keeps a convoy's beads as they were when it was made: a later edit must not change its plan."""

CALLS = "ConvoyCalls"
"""Kind under which the store keeps what a convoy's user was called for."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A convoy that was planned and compiled, and not yet made: what a dry run shows."""

    convoy: Convoy
    plan: Plan
    workflows: tuple[Manifest, ...]
    config_maps: tuple[Manifest, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Convoys:
    """The convoys of one town."""

    store: Store
    observed: Observed
    home: Home
    rigs: Rigs
    agents_file: Path | None
    clock: Callable[[], datetime.datetime]

    def all(self) -> tuple[Convoy, ...]:
        """All convoys with their status, by name."""
        return tuple(self.get(manifest["metadata"]["name"]) for manifest in self.store.resources("Convoy"))

    def get(self, name: str) -> Convoy:
        """One convoy with its status, at the attempt that runs. Raises Missing, naming the convoys there are."""
        observations = self.observed.of_convoy(name)
        convoy = begun(self._stored(name), observations)
        return convoy.model_copy(update={"status": convoy_status(convoy, observations)})

    def prepare(self, convoy: Convoy) -> Prepared:
        """Plan and compile a convoy and change nothing. Raises Refused or Missing."""
        convoy = self._stamped(convoy)
        dispatch = Dispatch(convoy, self._ground(convoy, self._beads_for(convoy)))
        compiled = [dispatch.compiled(train, convoy) for train in dispatch.plan.trains]
        maps = {each["metadata"]["name"]: each for one in compiled for each in one.config_maps}
        return Prepared(
            convoy=convoy,
            plan=dispatch.plan,
            workflows=tuple(one.workflow for one in compiled),
            config_maps=tuple(maps.values()),
        )

    def create(self, convoy: Convoy) -> Convoy:
        """Make a convoy and submit what can start; `start` lets it run. The same convoy again changes nothing.

        Raises Refused, Missing, or Occupied when the name is taken by another convoy.
        """
        name = convoy.metadata.name
        known = self.store.resource("Convoy", name)
        if known is not None:
            if not same_work(Convoy.model_validate(known).spec, convoy.spec):
                raise Occupied(f"convoy {name}: exists with other beads or settings; choose another name")
            return self.get(name)
        convoy = self._stamped(convoy)
        beads = self._beads_for(convoy)
        dispatch = Dispatch(convoy, self._ground(convoy, beads))
        with self.store.transaction():
            if self.store.resource("Convoy", name) is not None:  # another process was faster
                return self.create(convoy)
            self._put(convoy, dispatch)
            self._keep(name, beads)
            dispatch.submit_ready(self.store, now=self.clock())
        return self.get(name)

    def add(self, name: str, beads: Sequence[str]) -> Convoy:
        """Let a convoy that has not ended carry more beads of its rig; those that it has stay as they are.

        Raises Missing, and Refused for one that has ended and for beads that can't be worked.
        """
        read = self._beads_for(_with(self._stored(name), beads))
        with self.store.transaction():  # the runner writes to the same manifest
            before = self.get(name)
            if before.status.ended:
                raise Refused(f"convoy {name}: it has ended ({before.status.phase}); make another convoy")
            convoy = _with(before, beads)
            known = read | {
                bead.id: bead for bead in self._beads(name) if bead.id in before.spec.tracked_beads
            }
            dispatch = Dispatch(convoy, self._ground(convoy, known), self.observed.of_convoy(name))
            # As it is stored: it may wait for an attempt that has not begun.
            self._put(_with(self._stored(name), beads), dispatch)
            self._keep(name, known)
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
            self._raise(name, budget)
        convoy = self.get(name)
        if convoy.status.phase == "Complete":
            return convoy
        if convoy.status.phase == "Failed":
            with self.store.transaction():
                self._change(name, attempt=convoy.spec.attempt + 1, stop=False, retry=())
                self.submit_ready(name)
        self.start(name)
        return self.get(name)

    def answer(self, name: str, answer: BeadAnswer) -> Convoy:
        """Say something to the agent that works a bead next, and let it: in another attempt, once the present one has ended.

        Raises Missing.
        """
        with self.store.transaction():  # the runner and others who answer write to the same manifest
            spec = self._stored(name).spec
            self._change(name, **answered(spec, answer, begun=self._begun(name, spec.attempt)))
            self.submit_ready(name)
        self.start(name)
        return self.get(name)

    def land(self, name: str, beads: Sequence[str]) -> Convoy:
        """Let held beads into the target: in another attempt, once the present one has ended. Raises Missing."""
        with self.store.transaction():
            spec = self._stored(name).spec
            self._change(name, **landed(spec, beads, begun=self._begun(name, spec.attempt)))
            self.submit_ready(name)
        self.start(name)
        return self.get(name)

    def _begun(self, name: str, attempt: int) -> bool:
        return bool(self.store.workflows(name, attempt))

    def submit_ready(self, name: str, *, now: datetime.datetime | None = None) -> bool:
        """Submit the Workflows of a convoy whose turn has come; tells whether more are to come. A runner tells the time by its own clock."""
        convoy = self.get(name)
        dispatch = self.dispatch(convoy)
        announced = {each.workflow for each in convoy.status.trains}
        if dispatch.trains and announced.isdisjoint(each.workflow for each in dispatch.trains):
            # A new attempt begins, and whoever ended a polecat of the one before it meant that one.
            with self.store.transaction():
                self.store.forget_terminations(name)
                self._put(self._stored(name), dispatch)
        return dispatch.submit_ready(self.store, now=now or self.clock())

    def _change(self, name: str, **fields: object) -> None:
        convoy = self._stored(name)
        changed = convoy.model_copy(update={"spec": convoy.spec.model_copy(update=fields)})
        self.store.put_resource(changed.manifest())

    def _raise(self, name: str, budget: float) -> None:
        self.get(name)
        with self.store.transaction():  # the runner writes to the same manifest
            manifest = self.store.resource("Convoy", name) or {}
            manifest["spec"]["budget"] = {**manifest["spec"].get("budget", {}), "totalUSD": budget}
            self.store.put_resource(Convoy.model_validate(manifest).manifest())

    def stop(self, name: str) -> Convoy:
        """Ask a convoy to stop: its agents are ended, their work so far is pushed. One that has ended is left as it is."""
        convoy = self.get(name)
        if convoy.status.ended:
            return convoy
        with self.store.transaction():  # the runner writes to the same manifest
            self._change(name, stop=True)
        daemon.start(self.home, name)
        return self.get(name)

    def delete(self, name: str) -> None:
        """Forget a convoy with its clones and logs. Raises Missing, and Refused while it runs."""
        self._stored(name)  # or a name like `../..` would name other people's files
        if daemon.alive(self.home, name):
            raise Refused(f"convoy {name}: it runs; stop it first")
        # First the files: a convoy of the same name must not take up clones of this one.
        for place in (name, *(each["metadata"]["name"] for each in self.store.workflows(name))):
            shutil.rmtree(self.home.work(place), ignore_errors=True)
            shutil.rmtree(self.home.logs(place), ignore_errors=True)
        with self.store.transaction():
            self.store.delete_resource("Convoy", name)
            self.store.delete_resource(_BEADS, name)
            self.store.delete_resource(CALLS, name)

    def dispatch(self, convoy: Convoy) -> Dispatch:
        """The trains of a convoy's present attempt, over the beads as they were when it was made."""
        beads = {bead.id: bead for bead in self._beads(convoy.metadata.name)}
        return Dispatch(convoy, self._ground(convoy, beads), self.observed.of_convoy(convoy.metadata.name))

    def wishes(self, name: str) -> Wishes:
        """What is asked of a running convoy now."""
        convoy = self._stored(name)
        spent = overspent(convoy, self.observed.of_convoy(name) if convoy.spec.budget else ())
        rig, agent = self._agent(convoy)
        return Wishes(
            stop=convoy.spec.stop,
            suspend=convoy.spec.suspend,
            spent=spent and f"{spent}; raise it with convoy resume {name} --budget",
            terminated=self.store.terminations(name),
            logged_out=Logins(self.store).expired(rig, agent),
        )

    def refused(self, name: str, began: datetime.datetime, message: str) -> None:
        """An agent of a convoy that began then found its credentials refused: whatever of its rig asks for that agent waits."""
        rig, agent = self._agent(self._stored(name))
        Logins(self.store).refused(rig, agent, began=began, message=message)

    def renewed(self) -> tuple[str, ...]:
        """The agents' credentials were renewed: what waited for them goes on. Returns the convoys that do."""
        rigs = Logins(self.store).synced(self.clock())
        waiting = [each.metadata.name for each in self.all() if each.spec.rig_ref in rigs]
        return tuple(name for name in waiting if self.start(name))

    def _agent(self, convoy: Convoy) -> tuple[str, str]:
        """The rig of a convoy, and its agent, without looking at any Workflow: a runner asks several times a second."""
        rig = self.store.resource("Rig", convoy.spec.rig_ref)
        name = chosen(convoy, Rig.model_validate(rig))[0] if rig else convoy.spec.agent or ""
        return convoy.spec.rig_ref, name

    def _stored(self, name: str) -> Convoy:
        manifest = self.store.resource("Convoy", name)
        if manifest is None:
            known = (each["metadata"]["name"] for each in self.store.resources("Convoy"))
            raise not_found("convoy", name, known, otherwise="make one with `convoy create` or `sling`")
        return Convoy.model_validate(manifest)

    def _stamped(self, convoy: Convoy) -> Convoy:
        metadata = convoy.metadata.model_copy(update={"creation_timestamp": self.clock()})
        return convoy.model_copy(update={"metadata": metadata})

    def _put(self, convoy: Convoy, dispatch: Dispatch) -> None:
        manifest = convoy.manifest()
        manifest["status"] = {
            "trains": [train.model_dump(mode="json", by_alias=True) for train in dispatch.trains]
        }
        self.store.put_resource(manifest)

    def _keep(self, name: str, beads: Mapping[BeadId, Bead]) -> None:
        dumped = [bead.model_dump(mode="json", exclude_defaults=True) for bead in beads.values()]
        self.store.put_resource({"kind": _BEADS, "metadata": {"name": name}, "beads": dumped})

    def _beads(self, name: str) -> Iterator[Bead]:
        """The beads as `_keep` kept them."""
        yield from map(Bead.model_validate, (self.store.resource(_BEADS, name) or {"beads": ()})["beads"])

    def _beads_for(self, convoy: Convoy) -> dict[BeadId, Bead]:
        """The beads that matter to a convoy. One of inline beads that depend on nothing else needs no bead store.

        What was merged before counts as closed, unless the convoy asks for it again.
        """
        if not asks_stores(convoy):
            return {}
        rig = convoy.spec.rig_ref
        merged = self.rigs.merged(rig) - set(convoy.spec.tracked_beads)
        return with_closed(self.rigs.beads(rig), merged)

    def _ground(self, convoy: Convoy, beads: dict[BeadId, Bead]) -> Ground:
        rig = self.rigs.get(convoy.spec.rig_ref)
        agents = presets(user_file=self.agents_file, rig=rig.spec.agents)
        return Ground(
            rig=rig,
            refinery=self.rigs.refinery(rig.metadata.name),
            beads=beads,
            agents=agents,
            # On one machine the user's own name stands under what is done in it, unless the rig names another.
            identity=inspection.identity(),
        )


def _with(convoy: Convoy, beads: Sequence[str]) -> Convoy:
    tracked = (*convoy.spec.tracked_beads, *beads)
    return convoy.model_copy(update={"spec": convoy.spec.model_copy(update={"tracked_beads": tracked})})
