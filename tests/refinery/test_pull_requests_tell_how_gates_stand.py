"""A pull request says how the gates stand from the moment it is there, and what people ask for goes back to the agent, to a cap."""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import pytest

from workflows.entries import Entry
from workflows.orders import PullOrders

API = "/api/v1/repos/acme/app/"
TIME = "2026-11-01T10:00:00Z"
ANN = {"id": 7, "login": "ann"}
WORK = {"a.txt": "a\n"}


class Hub(ThreadingHTTPServer):
    """One repository on a forge. `protection` is what main asks for, `asked` the calls by method."""

    daemon_threads = True

    def __init__(self, rig):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.rig = rig
        self.pulls, self.statuses, self.reviews = [], [], []
        self.protection = {}
        self.asked = Counter()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def orders(self, **changes):
        """Have the rig hand its work over here."""
        forge = {"kind": "gitea", "repository": "acme/app", "api": self.url}
        self.rig.orders(pulls=PullOrders(**forge), batch=1, **changes)

    def review(self, event, body):
        """A person judges the head of the only pull request."""
        sha = self.head("polecat/ap-1")
        kept = {"id": len(self.reviews) + 1, "user": ANN, "state": event, "body": body, "commit_id": sha}
        self.reviews.append(
            kept | {"submitted_at": TIME, "official": True, "stale": False, "dismissed": False}
        )

    def said(self):
        """The statuses in the order in which they were posted."""
        return [(each["state"], each["description"]) for each in self.statuses]

    def head(self, branch):
        """Where a branch is."""
        return self.rig.git("rev-parse", "--verify", f"refs/heads/{branch}")

    def close(self):
        """Hang up."""
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        match self._path():
            case ["branches", "main"]:
                self._answer(
                    200,
                    {"name": "main", "commit": {"id": self.server.head("main")}, **self.server.protection},
                )
            case ["pulls"]:
                self._answer(
                    200, [self._shown(each) for each in self.server.pulls if each["state"] == "open"]
                )
            case ["pulls", number]:
                self._answer(200, self._shown(self._pull(number)))
            case ["pulls", number, "reviews"]:
                self._answer(200, self.server.reviews)
            case ["pulls", _, *head]:
                found = [each for each in self.server.pulls if each["branch"] == "/".join(head)]
                self._answer(200, self._shown(found[-1])) if found else self._answer(
                    404, {"message": "not found"}
                )
            case ["commits", sha, "status"]:
                newest = {each["context"]: each for each in self.server.statuses if each["sha"] == sha}
                self._answer(
                    200, {"statuses": [each | {"status": each["state"]} for each in newest.values()]}
                )

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        match self._path():
            case ["pulls"]:
                if any(
                    each["branch"] == body["head"] and each["state"] == "open" for each in self.server.pulls
                ):
                    self._answer(409, {"message": "pull request already exists for these targets"})
                    return
                made = {"number": len(self.server.pulls) + 1, "branch": body["head"], "title": body["title"]}
                self.server.pulls.append(made | {"body": body["body"], "state": "open", "merged": ""})
                self._answer(201, self._shown(self.server.pulls[-1]))
            case ["pulls", number, "merge"]:
                self._merge(self._pull(number), body)
            case ["statuses", sha]:
                self.server.statuses.append(body | {"sha": sha})
                self._answer(201, {})

    def _merge(self, pull, body):
        rig, head = self.server.rig, self.server.head(pull["branch"])
        if head != body["head_commit_id"]:
            self._answer(409, {"message": "head out of date"})
            return
        tree = rig.git("merge-tree", "--write-tree", "main", head)
        text = f"{body['MergeTitleField']}\n\n{body['MergeMessageField']}\n"
        pull["merged"] = rig.git("commit-tree", tree, "-p", "main", "-F", "-", text=text)
        pull["state"] = "closed"
        rig.git("update-ref", "refs/heads/main", pull["merged"])
        self._answer(200, {})

    def _shown(self, pull):
        sha = self.server.rig.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{pull['branch']}")
        return {
            "id": pull["number"], "number": pull["number"], "title": pull["title"], "body": pull["body"],
            "user": ANN, "state": pull["state"], "merged": bool(pull["merged"]),
            "merge_commit_sha": pull["merged"], "mergeable": True, "labels": [],
            "html_url": f"https://forge.test/acme/app/pulls/{pull['number']}",
            "head": {"ref": pull["branch"], "sha": sha, "repo_id": 1}, "base": {"ref": "main", "repo_id": 1},
            "created_at": TIME, "updated_at": TIME,
        }  # fmt: skip

    def _pull(self, number):
        return self.server.pulls[int(number) - 1]

    def _path(self):
        self.server.asked[self.command] += 1
        path = urlsplit(self.path).path
        assert path.startswith(API), path
        return unquote(path.removeprefix(API)).split("/")

    def _answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """The test's output is its own."""


@pytest.fixture
def hub(rig, tmp_path):
    """The forge of the rig; `merge` runs a bead's three containers."""
    hub = Hub(rig)
    (tmp_path / "forge.token").write_text("t0ken")
    rig.environ["GASTOWN_FORGE_TOKEN"] = str(tmp_path / "forge.token")
    yield hub
    hub.close()


def entry(rig, bead="ap-1"):
    """The bead's entry in the queue."""
    text = rig.git("cat-file", "tag", f"refs/gastown/queue/main/{bead}").partition("\n\n")[2]
    return Entry.load(text)


def test_it_waits_for_the_gates_and_then_lands(rig, hub):
    """Pending while they run, success once they passed, merged in the same run: each said once."""
    hub.orders(gates={"test": "test -f a.txt"})
    rig.publish("ap-1", WORK)
    assert 0 == rig.gated("ap-1"), rig.said
    assert [("pending", "gates run"), ("success", "1 gate(s) passed")] == hub.said()
    assert "merged" == rig.output("ap-1", "outcome")
    assert ["ap-1"] == rig.landed()
    assert 1 == len(hub.pulls)


def test_red_gates_are_told_where_people_look(rig, hub):
    """The pull request is there, with the words of the gate, and nothing is merged."""
    hub.orders(gates={"test": "echo too short; false"})
    rig.publish("ap-1", WORK)
    hub.orders(gates={"test": "test ! -f a.txt || { echo too short; false; }"})
    rig.publish("ap-1", WORK)
    assert 31 == rig.gated("ap-1")
    (pending, _), (state, words) = hub.said()
    assert ("pending", "failure") == (pending, state)
    assert "too short" in words
    assert [] == rig.landed()


def test_a_look_that_finds_nothing_new_posts_nothing(rig, hub):
    """A pull request that waits for a review shows two statuses, however often it is looked at."""
    hub.orders(gates={"test": "true"})
    hub.protection = {"required_approvals": 1}
    rig.publish("ap-1", WORK)
    assert [35, 35, 35] == [rig.gated("ap-1") for _ in range(3)]
    assert 2 == len(hub.statuses)
    assert "1 approvals" in rig.said


def test_requested_changes_go_back_to_the_agent_to_a_cap(rig, hub):
    """With exactly the person's words, on the same branch; then a person is told what to do."""
    hub.orders(gates={"test": "true"}, rounds=1)
    hub.protection = {"required_approvals": 1}
    first = rig.publish("ap-1", WORK)
    assert 35 == rig.gated("ap-1")
    hub.review("REQUEST_CHANGES", "Answer me.")
    assert 0 == rig.gated("ap-1"), rig.said
    assert "conflict" == rig.output("ap-1", "outcome")
    assert "Answer me." in entry(rig).held
    assert first == hub.head("polecat/ap-1")
    rig.publish("ap-1", {"a.txt": "b\n"}, start=first, entry={"rounds": 1})
    hub.review("REQUEST_CHANGES", "Not yet.")
    assert 31 == rig.gated("ap-1")
    words = rig.output("ap-1", "summary")
    assert "Not yet." in words
    assert "Agents had their 1 rounds: push to polecat/ap-1 by hand, or resume the convoy" in words
    assert 1 == len(hub.pulls)
