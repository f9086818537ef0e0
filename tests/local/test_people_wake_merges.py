"""Merges that wait for people look again within a minute of what a person did: one list a rig and minute tells, whatever waits."""

import contextlib
import datetime
import json
import sqlite3
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from harness.hub import Hub

from crds import Convoy, Rig
from forges.fields import Fields
from forges.gitea import shapes
from workflows.clock import steady, timestamp
from workflows.exits import Reason
from workflows.local.engine.interface import Pause
from workflows.local.home import Home
from workflows.local.running.reviews import Reviews
from workflows.local.running.waits import EVERY, waits
from workflows.local.town import LocalTown

BEGIN = datetime.datetime(2026, 11, 1, 10, tzinfo=datetime.UTC)
BOT = {"id": 9, "login": "bot"}
MERGE = "build-1.ap-1.ap-1-merge"


def pull(number, updated="2026-11-01T09:00:00Z"):
    """A pull request of Gitea."""
    return {
        "id": number, "number": number, "title": "t", "body": "", "user": BOT, "state": "open", "merged": False,
        "labels": [], "html_url": f"http://x/{number}", "created_at": "2026-11-01T09:00:00Z", "updated_at": updated,
        "head": {"ref": f"polecat/ap-{number}", "sha": f"{number:040x}", "repo_id": 1},
        "base": {"ref": "main", "repo_id": 1},
    }  # fmt: skip


def mark(number):
    """How it looked to a merge."""
    return shapes.pull(Fields(pull(number), where="a test")).mark


class _Forge(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.asked.append((self.path.partition("?")[0], self.headers["Authorization"]))
        body = json.dumps(list(server.pulls.values())).encode()
        self.send_response(server.status)
        for name, value in {"Content-Length": len(body), **server.headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """The test's output is its own."""


@pytest.fixture
def forge():
    """A forge that has three pull requests open, and counts what it is asked."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Forge) as server:
        server.pulls = {number: pull(number) for number in (1, 2, 3)}
        server.asked, server.status, server.headers = [], 200, {}
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def home(tmp_path, forge):
    """A town whose rig is on the forge."""
    home = Home(tmp_path)
    (home.secrets / "forge").mkdir(parents=True)
    (home.secrets / "forge" / "token").write_text("secret\n")
    api = f"http://127.0.0.1:{forge.server_port}"
    spec = {
        "gitURL": f"{api}/acme/app.git",
        "beadsPrefix": "ap",
        "forge": {"kind": "gitea", "apiURL": api, "repository": "acme/app"},
        "forgeTokenSecretRef": {"name": "forge", "key": "token"},
    }
    town = LocalTown(home)
    town.store.put_resource(Rig.model_validate({"metadata": {"name": "app"}, "spec": spec}).manifest())
    town.store.close()
    return home


class Runner:
    """Asks as a runner does, each round, at times of a clock that is moved on by hand."""

    def __init__(self, home):
        self.now = BEGIN
        self._town = LocalTown(home)
        self._reviews = Reviews(self._town.rigs, home, "app", lambda: self.now)

    def woken(self, *trains, after=EVERY + datetime.timedelta(seconds=2)):
        """What is woken until so long from now, where an answer that is on its way has come."""
        end, found = self.now + after, set()
        while self.now < end:
            self.now += datetime.timedelta(seconds=1)
            for resting in trains:
                found |= self._reviews.changed(waits(resting))
            deadline = time.monotonic() + 10
            while self._reviews.busy and time.monotonic() < deadline:
                time.sleep(0.005)
        return found

    def end(self):
        """As a runner that is killed."""
        self._town.store.close()


@pytest.fixture
def runner(home):
    """One runner."""
    made = Runner(home)
    yield made
    made.end()


def rests(number=1, *, code=Reason.AWAITING_REVIEW, at=BEGIN, since=BEGIN):
    """A merge between two tries, whose last look found its pull request to wait."""
    outputs = {"exitCode": str(code.value), "parameters": [{"name": "sha", "value": mark(number)}]}
    last = {"startedAt": timestamp(at), "finishedAt": timestamp(at), "outputs": outputs}
    return Pause(last, timestamp(since), at + datetime.timedelta(hours=1))


def test_nobody_is_woken_while_nothing_happens(runner, forge):
    """And the forge is asked once a minute, with the rig's own token."""
    assert set() == runner.woken({MERGE: rests()}, after=datetime.timedelta(minutes=10))
    assert 9 <= len(forge.asked) <= 10
    assert {("/api/v1/repos/acme/app/pulls", "Bearer secret")} == set(forge.asked)


@pytest.mark.parametrize(
    "deed",
    [
        pytest.param(lambda pulls: pulls.update({1: pull(1, "2026-11-01T10:01:00Z")}), id="reviewed"),
        pytest.param(lambda pulls: pulls.pop(1), id="merged or closed"),
    ],
)
def test_what_a_person_did_wakes_the_merge_of_that_bead(runner, forge, deed):
    """Within a minute; the others rest on. It is woken once: when it rests again it has seen what was done."""
    resting = {MERGE: rests(), "build-1.ap-2.ap-2-merge": rests(2)}
    assert set() == runner.woken(resting)
    deed(forge.pulls)
    assert {MERGE} == runner.woken(resting)
    assert set() == runner.woken(resting, after=datetime.timedelta(minutes=5))


def test_each_train_of_a_convoy_is_told(runner, forge):
    """Whichever stands first; one that waits for checks only is no reason to list."""
    checks = {"build-1.ap-9.ap-9-merge": rests(3, code=Reason.AWAITING_CHECKS)}
    trains = {MERGE: rests()}, {"build-2.ap-2.ap-2-merge": rests(2)}
    forge.pulls.pop(2)
    found = runner.woken({}, checks, *trains, after=datetime.timedelta(seconds=30))
    assert {"build-2.ap-2.ap-2-merge"} == found


def test_runners_of_many_convoys_ask_once_between_them(home, forge):
    """What one of them lists, the others read."""
    runners = [Runner(home) for _ in range(3)]
    forge.pulls.pop(1)
    found = set()
    for _ in range(62):
        for each in runners:
            found |= {each for _ in each.woken({MERGE: rests()}, after=datetime.timedelta(seconds=1))}
    assert set(runners) == found
    assert 1 == len(forge.asked)
    for each in runners:
        each.end()


def test_nobody_asks_where_nobody_waits_for_people(runner, forge):
    """A gate that failed, and a merge whose turn has not come, are no business of the forge."""
    others = {MERGE: rests(code=Reason.TARGET_RED), "other": rests(code=Reason.AWAITING_CLAIM)}
    assert set() == runner.woken(others) | runner.woken({})
    assert [] == forge.asked


def test_a_forge_that_asks_for_rest_gets_it(runner, forge, capsys):
    """A runner goes on in any case, and its log says why nothing is noticed."""
    forge.status, forge.headers = 429, {"Retry-After": 300}
    assert set() == runner.woken({MERGE: rests()}, after=datetime.timedelta(minutes=4))
    assert 1 == len(forge.asked)
    assert "rig app: pull requests are not listed: " in capsys.readouterr().err
    forge.status, forge.headers = 200, {}
    forge.pulls.pop(1)
    assert {MERGE} == runner.woken({MERGE: rests()}, after=datetime.timedelta(minutes=3))


@pytest.mark.parametrize("token", [None, b"\xff"], ids=["gone", "no text"])
def test_a_bad_token_ends_nothing(runner, home, forge, capsys, token):
    """It rests as long as without a list."""
    (home.secrets / "forge" / "token").unlink()
    if token:
        (home.secrets / "forge" / "token").write_bytes(token)
    assert set() == runner.woken({MERGE: rests()})
    assert [] == forge.asked
    assert "pull requests are not listed: " in capsys.readouterr().err


def test_checks_are_looked_at_again_after_a_quarter_of_their_time(runner, forge):
    """No list shows them, and they take minutes: never later than that, and never more than once a minute."""
    young = {MERGE: rests(code=Reason.AWAITING_CHECKS)}
    assert set() == runner.woken(young, after=datetime.timedelta(seconds=58))
    assert {MERGE} == runner.woken(young, after=datetime.timedelta(seconds=4))
    older = {
        MERGE: rests(
            code=Reason.AWAITING_CHECKS, at=runner.now, since=runner.now - datetime.timedelta(minutes=20)
        )
    }
    assert set() == runner.woken(older, after=datetime.timedelta(minutes=4, seconds=58))
    assert {MERGE} == runner.woken(older, after=datetime.timedelta(seconds=4))
    assert [] == forge.asked


def test_a_convoy_goes_on_soon_after_a_person_merged(town):
    """Its merge rests for an hour by itself; the runner notices within the minute."""
    hub = Hub(town.origin)
    secret = town.home.secrets / "forge"
    secret.mkdir(parents=True)
    (secret / "token").write_text("t0ken")
    forge = {"kind": "gitea", "apiURL": hub.url, "repository": "acme/app"}
    town.rig(forge=forge, forgeTokenSecretRef={"name": "forge", "key": "token"})
    town.local.rigs.refine("app", {"mode": "pr", "pr": {"wait": "Person"}})
    spec = {"description": "d", "rigRef": "app", "beads": [{"id": "ap-1", "title": "t"}], "agent": "custom"}
    spec |= {"agentConfig": {"command": ["sh", "-c", "echo a >a.txt; git add a.txt; git commit -qm a"]}}
    town.local.convoys.create(Convoy.model_validate({"metadata": {"name": "c"}, "spec": spec}))
    with contextlib.closing(sqlite3.connect(town.home.database)) as database, database:
        database.execute(
            """update workflow set manifest = replace(manifest, '"duration": "2s"', '"duration": "1h"')"""
        )
    town.local.convoys.start("c")
    town.until(lambda: town.ends()["ap-1"][0] == "AwaitingReview")
    body = {"head_commit_id": hub.head("polecat/ap-1"), "MergeTitleField": "By hand", "MergeMessageField": ""}
    merge = f"{hub.url}/api/v1/repos/acme/app/pulls/1/merge"
    with urllib.request.urlopen(urllib.request.Request(merge, json.dumps(body).encode(), method="POST")):
        assert "Complete" == town.wait(seconds=40).phase
    assert ["merged"] == [reason.lower() for reason, _ in town.ends().values()]
    hub.close()


def test_a_list_is_as_new_as_it_is_after_a_laptop_slept(monkeypatch):
    """Its time is compared with that of looks; a clock that stands still meanwhile would have each list come before all of them."""
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)
    clock = steady()
    before = clock()
    assert clock() > before
