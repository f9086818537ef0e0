"""Running one convoy on one machine: its trains in order, each by an engine, until nothing is left to do.

It may be killed at any line. What it knows is in the store, what the steps did is in the repository, and a new runner goes on from there:
steps that were running start again and find what they had already done.
"""

import asyncio
import contextlib
import datetime
import itertools
import signal
import sys
import time
from collections.abc import Mapping
from typing import Protocol

from crds import Manifest
from workflows import clock, labels
from workflows.clock import Clock, utc_now
from workflows.exits import Reason
from workflows.local.engine.engine import Engine
from workflows.local.engine.interface import Pause, PodEnd
from workflows.local.engine.nodes import Tree
from workflows.local.home import Home
from workflows.local.processes.mounts import Volumes
from workflows.local.processes.orphans import end_orphans
from workflows.local.processes.pods import PodSettings, run_pod
from workflows.local.processes.semaphores import FileLocks
from workflows.local.processes.starter import Starter
from workflows.local.running.run import Run, deadline
from workflows.local.running.waits import Rest, rest
from workflows.local.store import Store
from workflows.local.wishes import Wishes
from workflows.observe.nodes import sentence
from workflows.shape import GATE_CACHE

POLL = 0.2
"""Seconds between looks at what no event tells: what other processes asked for, a lock that came free, the end of a back-off."""

CALLS = 1.0
"""Seconds between two looks for what the user wants to be called for."""

STOPPED = "Stopped with strategy 'Stop'"
TERMINATED = "Stopped with strategy 'Terminate'"
DEADLINE = "Max duration limit exceeded"


class Steering(Protocol):
    """What the runner asks of its town."""

    def submit_ready(self) -> bool:
        """Submit the Workflows whose turn has come; tells whether more are to come."""

    def wishes(self) -> Wishes:
        """What is asked of the convoy now."""

    def changed(self, resting: Mapping[str, Pause]) -> frozenset[str]:
        """Which steps between two tries shall begin the next one now."""

    def asked(self) -> str:
        """Another value whenever something else is asked of the convoy."""

    def hand_over(self, rest: Rest, asked: str) -> bool:
        """Have the town's watch wait in place of the runner, and start another one once something else is asked; tells whether it does."""

    def call(self) -> None:
        """Call the user for what is new."""

    def refused(self, began: datetime.datetime, message: str) -> None:
        """An agent that began then found its credentials refused."""


class Runner:
    """Executes the Workflows of one convoy. `grace` is how many seconds a process may take to end after SIGTERM, `steady` what deadlines are
    measured by.
    """

    def __init__(
        self,
        convoy: str,
        home: Home,
        store: Store,
        steering: Steering,
        *,
        grace: float = 30.0,
        steady: Clock | None = None,
    ) -> None:
        self._convoy = convoy
        self._home = home
        self._store = store
        self._steering = steering
        self._grace = grace
        self._steady = steady or clock.steady()
        self._locks = FileLocks(home.locks, self._limit)
        self._starter = Starter(self._mark)
        self._runs: dict[str, Run] = {}
        self._leaving = asyncio.Event()
        self._submitted = 0
        self._changed = False
        self._called = 0.0
        self._calm = False

    async def run(self) -> bool:
        """Run until every train has ended. False where the rest is left to the next runner: to one that the town's watch starts, as nothing is
        to be done for a while, or after SIGTERM or SIGINT, which end the processes politely.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._leaving.set)
        end_orphans(self._mark, grace=self._grace)
        with contextlib.closing(self._starter):
            return await self._run()

    async def _run(self) -> bool:
        while not self._leaving.is_set():
            wishes = self._steering.wishes()
            more = not wishes.stop and self._steering.submit_ready()
            self._adopt()
            if not self._runs and not more:
                self._steering.call()
                return True
            while self._runs and not self._leaving.is_set():
                await self._round()
        await asyncio.gather(*(run.cancel() for run in self._runs.values()))
        return False

    @property
    def _mark(self) -> str:
        return f"{self._home.root}:{self._convoy}"

    def _limit(self, config_map: str, key: str) -> int | None:
        data = self._store.config_map(config_map)
        return int(data[key]) if data and key in data else None

    def _adopt(self) -> None:
        """Take up every Workflow of the convoy that has not ended."""
        self._submitted = self._store.submitted(self._convoy)
        for workflow in self._store.unfinished(self._convoy):
            name = workflow["metadata"]["name"]
            if name not in self._runs:
                self._runs[name] = self._start(name, workflow)

    def _start(self, name: str, workflow: Manifest) -> Run:
        rig = workflow["metadata"]["labels"][labels.RIG]
        tree = Tree(name, self._store.nodes(name), utc_now)
        work = self._home.work(name)
        volumes = Volumes(
            work / "volumes",
            persistent={"cache": self._home.cache(rig), GATE_CACHE: self._home.cache(rig) / "gates"},
            secrets=self._home.secrets,
            files=lambda config_map: self._store.config_map(config_map) or {},
        )
        settings = PodSettings(
            mark=self._mark,
            work=work,
            logs=self._home.logs(name),
            volumes=volumes,
            starter=self._starter,
            grace=self._grace,
        )
        engine = Engine(workflow, tree, locks=self._locks, clock=utc_now)
        return Run(name, engine, tree, settings, deadline(workflow, self._steady()))

    async def _round(self) -> None:
        """Advance every Workflow, then wait until something happens. A Workflow that ends may let the next trains start."""
        if not self._home.database.exists():
            # SQLite goes on with a file that has no name any more, and nobody could ever steer what runs on it.
            sys.stderr.write(f"the town {self._home.root} was deleted: its agents are ended\n")
            self._leaving.set()
            return
        # First: what is asked from here on is another thing.
        asked = self._steering.asked() if self._calm else ""
        for run in self._runs.values():
            self._collect(run)
        # After that: what an agent cost that has just ended may be all that there was to spend.
        wishes = self._steering.wishes()
        ended = False
        for run in list(self._runs.values()):
            await self._advance(run, wishes)
            if run.engine.phase in ("Succeeded", "Failed", "Error"):
                run.settings.volumes.remove()
                del self._runs[run.name]
                ended = True
        if ended and not wishes.stop:
            self._steering.submit_ready()
            self._adopt()
        elif self._store.submitted(self._convoy) != self._submitted:  # beads were added
            self._adopt()
        self._call()
        waiting = {task for run in self._runs.values() for task in run.pods.values()}
        self._starter.rest(needed=bool(waiting))
        if not waiting and self._rests(asked, wishes):
            self._leaving.set()
            return
        leaving = asyncio.ensure_future(self._leaving.wait())
        await asyncio.wait({*waiting, leaving}, timeout=POLL, return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()

    def _rests(self, asked: str, wishes: Wishes) -> bool:
        """Whether the watch waits from now on. Only what a second look in a row finds so: the first has not asked who is to be woken."""
        runs = self._runs.values()
        nodes = itertools.chain.from_iterable(run.tree.all() for run in runs)
        resting = {name: pause for run in runs for name, pause in run.engine.resting.items()}
        deadlines = [run.deadline for run in runs if run.deadline]
        phases = {run.engine.phase for run in runs}  # Pending: taken up just now, and not begun
        found = rest(nodes, resting, deadlines, logged_out=wishes.logged_out, now=utc_now())
        self._calm = found is not None and phases == {"Running"} and not self._changed
        return bool(self._calm and asked and found and self._steering.hand_over(found, asked))

    def _call(self) -> None:
        """Call for what is new, at most once a second: to look at a large convoy takes a while."""
        if self._changed and time.monotonic() - self._called >= CALLS:
            self._steering.call()
            self._changed, self._called = False, time.monotonic()

    def _collect(self, run: Run) -> None:
        """Take up how pods ended."""
        for node, end in run.ended():
            self._ended(run, node, end)
        self._keep(run)

    def _keep(self, run: Run) -> None:
        changes = run.tree.changes()
        self._store.put_nodes(run.name, changes)
        self._changed = self._changed or bool(changes)

    async def _advance(self, run: Run, wishes: Wishes) -> None:
        late = run.deadline is not None and self._steady() >= run.deadline
        if wishes.stop or late:
            await run.cancel()
            run.engine.shut_down(STOPPED if wishes.stop else DEADLINE)
        else:
            for name in wishes.terminated:
                await run.cancel(name)
                run.engine.shut_down(TERMINATED, task=name)
            run.engine.suspended = wishes.suspend
            run.engine.logged_out = wishes.logged_out
            run.engine.refusal = wishes.spent
            if run.engine.resting:
                run.engine.woken = self._steering.changed(run.engine.resting)
            for start in run.engine.advance():
                run.pods[start.node] = asyncio.create_task(run_pod(start, run.settings))
        self._keep(run)

    def _ended(self, run: Run, node: str, end: PodEnd) -> None:
        began = run.tree.get(node)
        if began is not None and end.code == Reason.CREDENTIALS_EXPIRED.value:
            started = datetime.datetime.fromisoformat(began["startedAt"])
            self._steering.refused(started, sentence({"message": end.message}))
        run.engine.ended(node, end)
