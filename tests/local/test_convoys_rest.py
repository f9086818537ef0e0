"""Convoys that only wait have no process: one for the whole town waits for all of them, and starts a runner for whom there is something to do."""

import concurrent.futures
import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import urllib.request

import pytest
from harness.hub import Hub

from crds import Convoy
from kubectl_gt.machine.town import Machine
from workflows.clock import utc_now
from workflows.errors import Refused
from workflows.local.processes import daemon
from workflows.local.running import handover
from workflows.local.running.background import TownSteering
from workflows.local.running.handover import Told
from workflows.local.running.waits import Rest

AGENT = 'echo x >"$GASTOWN_BEAD"; git add -A; git commit -qm x'


class Waiting:
    """A town whose rig hands over by pull requests that wait for a person; a merge that looked looks again after an hour."""

    def __init__(self, town):
        self.town = town
        self.hub = Hub(town.origin)
        self.machine = Machine(town.local)
        secret = town.home.secrets / "forge"
        secret.mkdir(parents=True)
        (secret / "token").write_text("t0ken")
        forge = {"kind": "gitea", "apiURL": self.hub.url, "repository": "acme/app"}
        town.rig(forge=forge, forgeTokenSecretRef={"name": "forge", "key": "token"})
        town.local.rigs.refine("app", {"mode": "pr", "pr": {"wait": "Person"}})

    def begin(self, *convoys, agent=AGENT):
        """Make convoys of one bead each, and let them run."""
        for name in convoys:
            beads = [{"id": f"ap-{name}", "title": "t"}]
            spec = {"description": "d", "rigRef": "app", "beads": beads, "agent": "custom"}
            spec |= {"agentConfig": {"command": ["sh", "-c", agent]}}
            convoy = Convoy.model_validate({"metadata": {"name": name}, "spec": spec})
            self.town.local.convoys.create(convoy)
        with contextlib.closing(sqlite3.connect(self.town.home.database)) as database, database:
            change = (
                """update workflow set manifest = replace(manifest, '"duration": "2s"', '"duration": "1h"')"""
            )
            database.execute(change)
        for name in convoys:
            self.town.local.convoys.start(name)

    def rest(self, *convoys, agent=AGENT):
        """Let convoys run until they rest."""
        self.begin(*convoys, agent=agent)
        self.town.until(lambda: all(map(self.waits, convoys)) and ["the watch"] == self.town.running(), 90)

    def waits(self, convoy):
        """Whether its merge waits for people."""
        return [("AwaitingReview")] == [reason for reason, _ in self.town.ends(convoy).values()]

    def merge(self, convoy):
        """As a person does."""
        bead = f"ap-{convoy}"
        body = {"head_commit_id": self.hub.head(f"polecat/{bead}"), "MergeTitleField": "By hand"}
        number = next(each["number"] for each in self.hub.pulls if each["branch"] == f"polecat/{bead}")
        merge = f"{self.hub.url}/api/v1/repos/acme/app/pulls/{number}/merge"
        text = json.dumps(body | {"MergeMessageField": ""}).encode()
        with urllib.request.urlopen(urllib.request.Request(merge, text, method="POST")):
            pass

    def stalled(self, convoy):
        """Why it does not go on by itself."""
        return self.machine.stalled(self.town.local.convoys.get(convoy))

    def watch(self):
        """The process."""
        [found] = [each for each in self.town.processes() if each.cmdline()[-1] == "workflows.local"]
        return found


@pytest.fixture
def waiting(town):
    """A town of that kind."""
    made = Waiting(town)
    yield made
    made.hub.close()


def test_one_process_waits_for_all_convoys(waiting):
    """The one whose pull request a person merged goes on, the other one rests, and after the last nothing is left."""
    waiting.rest("c", "d")
    assert ["", ""] == [waiting.stalled(name) for name in ("c", "d")]
    assert all(daemon.rests(waiting.town.home, name) for name in ("c", "d"))

    waiting.merge("c")
    assert "Complete" == waiting.town.wait("c", 90).phase
    waiting.town.until(lambda: ["the watch"] == waiting.town.running())
    assert waiting.waits("d")
    waiting.town.local.convoys.stop("d")
    assert "Failed" == waiting.town.wait("d").phase
    waiting.town.until(lambda: not waiting.town.running())
    assert "" == (waiting.town.home.root / "watch.log").read_text()


def test_a_convoy_without_pull_requests_meets_no_watch(town):
    """Nothing is started for it."""
    town.convoy({"a": []}, AGENT).wait()
    town.until(lambda: not town.processes())
    assert not (town.home.root / "watch.log").exists()


def test_a_convoy_at_rest_is_stopped_and_deleted_as_any_other(waiting):
    """It runs, so it is not deleted; it stops at once, and then it is."""
    waiting.rest("c")
    with pytest.raises(Refused, match="it runs; stop it first"):
        waiting.town.local.convoys.delete("c")
    waiting.town.local.convoys.stop("c")
    assert "Failed" == waiting.town.wait("c").phase
    waiting.town.local.convoys.delete("c")


def test_a_polecat_that_is_nuked_wakes_its_convoy(waiting):
    """Though that verb starts no runner: whatever is asked of a convoy is seen."""
    waiting.rest("c")
    [polecat] = waiting.town.local.polecats.of_convoy("c")
    waiting.town.local.polecats.nuke(polecat)
    assert "Failed" == waiting.town.wait("c").phase


def test_a_killed_watch_shows_and_another_goes_on(waiting):
    """As a killed runner does; the pull request stays as it was."""
    waiting.rest("c")
    waiting.watch().kill()
    waiting.town.until(lambda: "its runner is gone" in waiting.stalled("c"))
    waiting.town.local.convoys.resume("c")
    waiting.town.until(lambda: ["the watch"] == waiting.town.running() and waiting.waits("c"))
    assert "" == waiting.stalled("c")
    assert 1 == len(waiting.hub.pulls)


@pytest.mark.parametrize("early", [True, False], ids=["before it is seen", "while its runner starts"])
def test_a_kill_around_a_wish_loses_neither(waiting, early):
    """All of the town is killed once somebody asked for something: whoever goes on with the convoy finds it."""
    waiting.rest("c")
    [polecat] = waiting.town.local.polecats.of_convoy("c")
    waiting.town.local.polecats.nuke(polecat)
    waiting.town.until(
        lambda: early or waiting.town.status("c").ended or ["the watch"] != waiting.town.running()
    )
    waiting.town.kill()
    if not waiting.town.status("c").ended:
        waiting.town.until(lambda: "its runner is gone" in waiting.stalled("c"))
        waiting.town.local.convoys.start("c")
    assert "Failed" == waiting.town.wait("c").phase
    assert 1 == len(waiting.hub.pulls)


def test_a_deleted_town_ends_its_watch(waiting):
    """Nobody could wish anything any more."""
    waiting.rest("c")
    shutil.rmtree(waiting.town.home.root, ignore_errors=True)
    waiting.town.until(lambda: not waiting.town.running())


def test_a_runner_that_calls_its_user_stays_until_that_is_done(town):
    """Else the next one, which finds no note of it yet, would call again."""
    town.convoy({"b-1": []}, "exit 10").wait()
    town.until(lambda: not daemon.alive(town.home, "c"))
    go = town.root / "go"
    town.local.notices.name(f"until [ -e {go} ]; do sleep 0.02; done")
    lock = daemon.hold(town.home, "c")
    steering = TownSteering(town.local, "c", lock)
    steering.call()
    assert not steering.hand_over(Rest(None, {}), steering.asked())
    go.touch()
    town.until(lambda: not town.local.notices.busy)
    assert steering.hand_over(Rest(None, {}), steering.asked())
    os.close(lock)
    assert daemon.alive(town.home, "c")


def _told(convoy="c", environ=None):
    return Told(
        convoy=convoy,
        rig="app",
        rest=Rest(None, {}),
        since=utc_now(),
        asked="another wish",
        woken={},
        environ={**os.environ, **(environ or {})},
    )


def _created(town, agent, name="c"):
    """A convoy that nobody has started, whose lock this test has."""
    town.rig()
    spec = {"description": "d", "rigRef": "app", "beads": [{"id": "b-1", "title": "t"}], "agent": "custom"}
    spec |= {"agentConfig": {"command": ["sh", "-c", agent]}}
    town.local.convoys.create(Convoy.model_validate({"metadata": {"name": name}, "spec": spec}))
    return daemon.hold(town.home, name)


def test_what_is_asked_between_a_runners_last_look_and_its_end_is_heard(town):
    """It is run, with the environment of who handed it over: keys that another convoy's user has are not in that of the watch."""
    lock = _created(town, f'echo "$KEY" >{town.root}/key; {AGENT}')
    assert handover.give(town.home, _told(environ={"KEY": "of c"}), lock)
    os.close(lock)
    assert "Complete" == town.wait().phase
    assert "of c\n" == (town.root / "key").read_text()


HALF_KILLED = """
import os, signal, sys
fork = os.fork
def half_killed():
    child = fork()
    if child:
        os.kill(os.getpid(), signal.SIGKILL)
    return child
if "workflows.local" in sys.orig_argv:
    os.fork = half_killed
"""


def test_a_runner_that_is_killed_as_it_goes_into_the_background_is_started_once(town):
    """The watch sees the start fail, and the convoy is run all the same: it is not started again beside that."""
    site = town.root / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(HALF_KILLED)
    lock = _created(town, AGENT)
    assert handover.give(town.home, _told(environ={"PYTHONPATH": str(site)}), lock)
    os.close(lock)
    assert "Complete" == town.wait().phase
    assert daemon.gone(town.home, "c", within=30)
    assert "c: its runner did not start" in (town.home.root / "watch.log").read_text()


def test_a_runner_that_is_killed_while_it_hands_over_is_a_lost_one(town):
    """Whatever it had said: the convoy is free, and the watch goes on."""
    lock = _created(town, AGENT)
    told = _told().dumped()
    for part in (b"", b"\n", b"\n" + told[: len(told) // 2], b"\n" + told[:-1]):
        ours, theirs = socket.socketpair()
        with theirs:
            if part:
                socket.send_fds(ours, [part], [lock])
            ours.shutdown(socket.SHUT_WR)
            assert handover.take(theirs) is None
            ours.close()
    os.close(lock)
    assert not daemon.alive(town.home, "c")


def test_what_was_said_to_the_end_holds_the_convoy(town):
    """Though its runner was killed right after."""
    lock = _created(town, AGENT)
    ours, theirs = socket.socketpair()
    socket.send_fds(ours, [b"\n" + _told().dumped()], [lock])
    ours.shutdown(socket.SHUT_WR)
    os.close(lock)
    told, taken = handover.take(theirs)
    ours.close()
    theirs.close()
    assert ("c", "another wish") == (told.convoy, told.asked)
    assert daemon.alive(town.home, "c")
    os.close(taken)
    assert not daemon.alive(town.home, "c")


def test_a_watch_that_does_not_answer_leaves_the_convoy_to_its_runner(town, monkeypatch, capsys):
    """And none that comes to itself later takes what its runner kept."""
    monkeypatch.setattr(handover, "PATIENCE", 0.2)
    lock = _created(town, AGENT)
    daemon.start(town.home, daemon.WATCH)
    [watch] = town.processes()
    watch.send_signal(signal.SIGSTOP)
    assert not handover.give(town.home, _told(), lock)
    assert "convoy c: its runner stays while it waits" in capsys.readouterr().err
    os.close(lock)
    assert not daemon.alive(town.home, "c")
    watch.send_signal(signal.SIGCONT)
    lock = daemon.hold(town.home, "c")
    assert handover.give(town.home, _told(), lock)
    os.close(lock)
    assert "Complete" == town.wait().phase


def test_of_many_watches_one_stays(town):
    """Runners that rest at the same moment start one each. Nobody but its user may tell it to start programs."""
    lock = _created(town, AGENT)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(lambda _: daemon.start(town.home, daemon.WATCH), range(4)))
    assert 1 == len(town.processes())
    assert not (town.home.locks / "watch.sock").stat().st_mode & 0o077
    os.close(lock)
