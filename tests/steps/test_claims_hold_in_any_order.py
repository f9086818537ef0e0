"""Claims of a town, of another town with the same names and of a cluster, in any order of their calls, with kills and clocks that are set."""

import os
import threading

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from workflows import refs
from workflows.orders import TaskOrders
from workflows.steps.claim import Claims, Holder
from workflows.steps.errors import Claimed, TryAgain
from workflows.steps.git.command import Git
from workflows.steps.heartbeat import Heartbeat

CLAIM = refs.claim("gt-1")
OWNERS = [("cv", "2026-01-01T00:00:00Z"), ("cv", "2026-02-02T00:00:00Z"), ("other", "2026-01-01T00:00:00Z")]
LATE = 12.0
"""Seconds by which everybody oversleeps: looks are further apart, and fewer."""
EXAMPLES = 150 if os.environ.get("GASTOWN_TEST_WHOLE") else 2


class Killed(BaseException):
    """The process is gone."""


class Process(threading.Thread):
    """A polecat of a convoy, as far as its claim goes. It runs only while it has its turn."""

    def __init__(self, world, number, *, start, works, patience):
        super().__init__(daemon=True)
        self.world, self.number, self.works = world, number, works
        self.convoy, self.created = OWNERS[number]
        self.wakes, self.off = world.now + start, 0.0
        self.working = self.killed = self.over = False
        self.said, self.turn = "", threading.Semaphore(0)
        world_call = self.paused

        class Watched(Git):
            """Git that lets others act before and after each of its calls."""

            def call(self, *arguments, **more):
                """Run the command between two turns."""
                world_call()
                done = super().call(*arguments, **more)
                world_call()
                return done

        git = Watched(*world.git.having(GIT_DIR=world.stores[number]))
        train = world.train._replace(convoy=self.convoy, created=self.created)
        self.claims = Claims(
            git,
            train,
            world.task,
            patience,
            clock=lambda: 1e9 + self.world.now + self.off,
            monotonic=lambda: self.world.now,
            sleep=lambda seconds: self.paused(seconds + LATE),
        )

    def paused(self, seconds=0.0):
        """Let the world choose who goes on."""
        self.wakes = self.world.now + seconds
        self.world.turn.release()
        self.turn.acquire()
        if self.killed:
            raise Killed

    def run(self):
        """Take the bead, work, and give it back."""
        self.turn.acquire()
        try:
            held = None
            while held is None:
                held = self.claims.take(self.claims.remote.refs(CLAIM).get(CLAIM, ""))
            heartbeat, end = Heartbeat(self.claims, held), self.world.now + self.works
            self.working = True
            while self.world.now < end:
                self.paused(10.0)
                heartbeat.beat()
            self.working = False
            heartbeat.end()
        except (Claimed, TryAgain) as error:
            self.said = str(error)
        except Killed:
            pass
        self.working, self.over = False, True
        self.world.turn.release()


class World:
    """One repository, and a time of its own that passes once everybody who is awake has acted."""

    def __init__(self, town, stores):
        self.git = Git.of(town.environ)
        self.here, self.stores, self.train = town.git, stores, town.train
        self.task = TaskOrders.load(town.tasks, "gt-1")
        self.now, self.turn = 0.0, threading.Semaphore(0)
        self.processes, self.owners = [], set()

    def begin(self, process):
        """Another process begins."""
        self.processes.append(process)
        process.start()

    def go(self, turns, kills, jumps, again):
        """Give turns until all have ended. At numbers in `kills` who has the turn is killed, and comes back where `again` says so."""
        count = 0
        while living := [each for each in self.processes if not each.over]:
            awake = [each for each in living if each.wakes <= self.now]
            if not awake:
                self.now = min(each.wakes for each in living)
                continue
            chosen = awake[turns[count % len(turns)] % len(awake)]
            chosen.killed = chosen.killed or count in kills
            chosen.off += jumps.get(count, 0.0)
            chosen.turn.release()
            self.turn.acquire()
            self.check()
            if chosen.killed and again:
                self.begin(Process(self, chosen.number, start=1.0, works=30.0, patience=300.0))
            count += 1

    def check(self):
        """At most one works, and git says that it is the one."""
        working = [each for each in self.processes if each.working]
        assert len(working) <= 1, [each.claims.train.identity for each in working]
        if working and not working[0].killed:
            told = Holder.load(self.here("cat-file", "blob", CLAIM))
            assert told.owner == working[0].claims.train.identity
            self.owners.add(told.convoy)


@pytest.fixture
def stores(town, tmp_path):
    """A repository for each owner's objects."""
    found = [tmp_path / f"own-{number}.git" for number in range(len(OWNERS))]
    for each in found:
        town.git("init", "--quiet", "--bare", each, cwd=tmp_path)
    return found


LIVES = st.tuples(st.sampled_from([0, 0, 3, 50]), st.sampled_from([130, 20]), st.sampled_from([1000.0, 5.0]))


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES < 100,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(
    lives=[(0, 130, 5.0), (0, 20, 1000.0)],
    turns=[0, 1],
    kills=(),
    jumps=dict.fromkeys(range(16, 40), 7200.0),
    again=False,
)
@example(lives=[(0, 130, 5.0), (50, 20, 1000.0)], turns=[0, 1, 1], kills=(), jumps={}, again=False)
@example(
    lives=[(0, 130, 5.0), (3, 130, 1000.0), (3, 20, 1000.0)],
    turns=[0, 1, 2],
    kills={26},
    jumps={},
    again=True,
)
@given(
    lives=st.lists(LIVES, min_size=2, max_size=3),
    turns=st.lists(st.integers(0, 5), min_size=20, max_size=60),
    kills=st.sets(st.integers(1, 60), max_size=2),
    jumps=st.dictionaries(st.integers(0, 60), st.sampled_from([-7200.0, 50.0, 7200.0]), max_size=3),
    again=st.booleans(),
)
def test_a_bead_is_never_worked_by_two(town, stores, lives, turns, kills, jumps, again):
    """Who comes second is told who has it; a dead owner's claim is taken over in the end, and nothing is left of any."""
    world = World(town, stores)
    for number, (start, works, patience) in enumerate(lives):
        world.begin(Process(world, number, start=start, works=works, patience=patience))
    world.go(turns, kills, jumps, again)
    for each in world.processes:
        assert not each.said or any(f"convoy {name} on" in each.said for name in world.owners), each.said
    last = Process(world, 0, start=1.0, works=5.0, patience=1000.0)
    world.begin(last)
    world.go([0], (), {}, again=False)
    assert not last.said
    assert last.convoy in world.owners
    assert CLAIM not in town.refs()
