import asyncio
import datetime
import os
import shutil
import signal
import subprocess
import sys

import pytest

from workflows import clock
from workflows.local.home import Home
from workflows.local.processes import daemon
from workflows.local.running import runner
from workflows.local.running.runner import Runner
from workflows.local.store import Store
from workflows.local.wishes import Wishes

RUN = """
import asyncio, sys
from pathlib import Path
from workflows.local.home import Home
from workflows.local.running.runner import Runner
from workflows.local.wishes import Wishes
from workflows.local.store import Store
class Alone:
    def submit_ready(self): return False
    def wishes(self): return Wishes()
    def call(self): pass
home = Home(Path(sys.argv[1]))
print(asyncio.run(Runner("c", home, Store(home.database), Alone(), grace=5).run()))
"""


class Steering:
    """Nothing to submit, and what the test wishes."""

    def __init__(self, **wishes):
        self.told = Wishes(**wishes)

    def submit_ready(self):
        """Every train is under way."""
        return False

    def wishes(self):
        """What is asked of the convoy."""
        return self.told

    def call(self):
        """Nobody is called."""


@pytest.fixture
def home(tmp_path):
    """An empty town."""
    return Home(tmp_path / "home")


@pytest.fixture
def store(home):
    """Its state."""
    made = Store(home.database)
    yield made
    made.close()


@pytest.fixture
def submit(store, make):
    """Submits a chain of two tasks that run a script."""

    def submitted(script, **spec):
        container = {
            "name": "main",
            "command": ["sh", "-c", script],
            "env": [{"name": "T", "value": "{{inputs.parameters.bead}}"}],
        }
        manifest = make.workflow(
            make.graph({"a": [], "b": ["a"]}), make.pod("work", container, retries=0), **spec
        )
        store.submit(manifest, [], train=0, attempt=0)

    return submitted


def _run(home, store, **wishes):
    return asyncio.run(Runner("c", home, store, Steering(**wishes), grace=1).run())


def _phases(store):
    nodes = {node["name"].partition(".")[2]: node for node in store.nodes("c-1")}
    return {name or "c-1": (node["phase"], node.get("message", "")) for name, node in nodes.items()}


def test_a_workflow_runs_to_its_end(home, store, submit, tmp_path):
    """In order, with a log for each container."""
    submit(f"echo $T | tee -a {tmp_path}/order")

    assert _run(home, store)

    assert "a\nb\n" == (tmp_path / "order").read_text()
    assert {("Succeeded", "")} == set(_phases(store).values())
    assert "b\n" == (home.logs("c-1") / "b.0.main.log").read_text()
    assert [] == store.unfinished("c")


def test_sigterm_leaves_the_rest_to_the_next(home, store, submit, tmp_path):
    """Its processes are asked to end, what they ran is run again, and what had ended stays."""
    go = tmp_path / "go"
    submit(f"echo $T >> {tmp_path}/order; [ $T = a ] || until [ -e {go} ]; do sleep 0.02; done")
    with subprocess.Popen([sys.executable, "-c", RUN, str(home.root)], stdout=subprocess.PIPE) as first:
        while "b" not in ((tmp_path / "order").read_text() if (tmp_path / "order").exists() else ""):
            assert first.poll() is None
        first.send_signal(signal.SIGTERM)
        assert b"False\n" == first.communicate()[0]

    assert ("Running", "") == _phases(store)["b(0)"]
    go.touch()
    assert _run(home, store)

    assert "a\nb\nb\n" == (tmp_path / "order").read_text()
    assert ("Succeeded", "") == _phases(store)["c-1"]


def test_a_stop_ends_everything(home, store, submit):
    """Also what has not begun."""
    submit("sleep 300")

    assert _run(home, store, stop=True)

    assert {("Failed", "Stopped with strategy 'Stop'")} == set(_phases(store).values())


class Offering(Steering):
    """Notes in which order it is asked, and takes the convoy when it is offered for the second time."""

    def __init__(self, **wishes):
        super().__init__(**wishes)
        self.calls = []

    def wishes(self):
        """Suspended: nothing is left to do."""
        self.calls.append("wishes")
        return super().wishes()

    def asked(self):
        """One value for each time."""
        self.calls.append("asked")
        return f"asked {self.calls.count('asked')}"

    def hand_over(self, _, asked):
        """Not yet, then yes."""
        self.calls.append(f"offered as {asked}")
        return self.calls.count("asked") == 2


def test_a_runner_with_nothing_to_do_leaves_what_it_has_seen(home, store, submit):
    """What is asked is noted before the wishes are read: whatever comes after is another thing, and wakes the convoy. It offers it again."""
    submit("true")
    steering = Offering(suspend=True)

    assert not asyncio.run(Runner("c", home, store, steering, grace=1).run())

    looks = [("asked", "wishes", f"offered as asked {number}") for number in (1, 2)]
    assert ["wishes", "wishes", *looks[0], *looks[1]] == steering.calls
    assert ("Running", "") == _phases(store)["c-1"]


class Adding(Offering):
    """Somebody adds beads just before it looks again."""

    def __init__(self, add, begun):
        super().__init__(suspend=True)
        self._add, self._begun = add, begun

    def asked(self):
        """With what was added."""
        if not self.calls.count("asked"):
            self._add()
        return super().asked()

    def hand_over(self, _, asked):
        """At once."""
        self.calls.append(f"offered as {asked} {self._begun()}")
        return True


def test_beads_that_were_added_as_it_was_about_to_rest_are_begun(home, store, make):
    """Nobody else would: they are no news to whom the convoy is handed over."""

    def add(name):
        manifest = make.workflow(make.graph({"a": []}), make.pod("work"), name=name)
        store.submit(manifest, [], train=0, attempt=0)

    add("c-1")
    steering = Adding(lambda: add("c-2"), lambda: bool(store.nodes("c-2")))
    assert not asyncio.run(Runner("c", home, store, steering, grace=1).run())
    assert steering.calls[-1].endswith(" True")


def test_a_deadline_is_the_workflows(home, store, submit):
    """With the words that `observe` knows."""
    submit("sleep 300", activeDeadlineSeconds=1)

    assert _run(home, store)

    assert ("Failed", "Max duration limit exceeded") == _phases(store)["c-1"]


def test_a_clock_that_is_set_ends_nothing(home, store, submit, monkeypatch):
    """A deadline is measured, whatever the clock of the machine is set to meanwhile."""
    submit("true", activeDeadlineSeconds=30)
    ahead = iter([datetime.timedelta(), *[datetime.timedelta(hours=2)] * 1000])
    monkeypatch.setattr(runner, "utc_now", lambda: clock.utc_now() + next(ahead))

    assert _run(home, store)

    assert ("Succeeded", "") == _phases(store)["c-1"]


def test_one_task_is_ended(home, store, submit):
    """Before it started, too."""
    submit("true")

    assert _run(home, store, terminated=frozenset({"b"}))

    assert (("Succeeded", ""), ("Failed", "Stopped with strategy 'Terminate'")) == (
        _phases(store)["a"],
        _phases(store)["b"],
    )


def test_one_runner_a_convoy(home):
    """A second one is turned away; the lock goes with its holder."""
    home.locks.mkdir(parents=True)
    lock = daemon.hold(home, "c")

    assert daemon.alive(home, "c")
    assert daemon.hold(home, "c") is None
    assert not daemon.alive(home, "other")
    os.close(lock)
    assert not daemon.alive(home, "c")


def test_a_look_turns_no_runner_away(home):
    """Who asks whether one is alive holds the lock for an instant."""
    home.locks.mkdir(parents=True)
    look = "import sys; from pathlib import Path; from workflows.local.processes import daemon; from workflows.local.home import Home\n"
    look += "print(flush=True)\nwhile True: daemon.alive(Home(Path(sys.argv[1])), 'c')"
    with subprocess.Popen([sys.executable, "-c", look, str(home.root)], stdout=subprocess.PIPE) as looking:
        looking.stdout.readline()
        taken = []
        for _ in range(20):
            lock = daemon.hold(home, "c")
            taken.append(lock is not None)
            os.close(lock) if lock is not None else None
        looking.kill()

    assert [True] * 20 == taken


def test_another_attempt_is_taken_up_by_who_is_about_to_leave(town):
    """A resume right after the end finds the old runner still there; somebody runs the new attempt."""
    agent = f'test -e {town.root}/good || exit 10; echo x > "$GASTOWN_BEAD" && git add -A && git commit -qm x'
    town.convoy({"a": []}, agent)
    for attempt in range(1, 4):
        assert "Failed" == town.wait().phase
        town.local.convoys.resume("c")
        assert attempt == town.status().attempt
    (town.root / "good").touch()
    if town.wait().phase == "Failed":
        town.local.convoys.resume("c")

    assert "Complete" == town.wait().phase


def test_a_runner_that_cannot_start_says_so(town):
    """With the log to read."""
    (town.home.root / "locks").mkdir(parents=True)
    (town.home.root / "locks" / "runner.c").mkdir()

    with pytest.raises(daemon.Unavailable, match="its runner did not start; see ") as refusal:
        daemon.start(town.home, "c")

    assert (town.home.logs("c") / "runner.log").exists()
    assert str(town.home.logs("c")) in str(refusal.value)


def test_a_town_that_is_deleted_ends_what_runs_in_it(town):
    """Nobody could steer it any more; agents that work on would cost money and push."""
    town.convoy({"a": []}, f"touch {town.root}/up; sleep 600")
    town.until((town.root / "up").exists)
    shutil.rmtree(town.home.root, ignore_errors=True)

    town.until(lambda: not town.processes())


def test_no_process_is_left(town):
    """When a convoy has ended, so has its runner."""
    town.convoy({"a": []}, "echo x > x && git add -A && git commit -qm x").wait()

    town.until(lambda: not town.processes())
