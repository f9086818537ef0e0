"""Branches, statuses and webhooks on the real Gitea."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from threading import Thread
from typing import NamedTuple

import pytest
from harness.place import Place

from forges.errors import NoRight, NotFound, Unsupported
from forges.interface import Ability
from forges.model import HookEvent, Rules, Sha
from forges.pulls import Check, CheckState


def test_a_branch_tells_its_head_and_its_rules(place: Place) -> None:
    """Slashes in its name are no paths; the rules are seen by those who may only write."""
    sha = place.push("polecat/ap-1", files={"a": "a"})
    assert place.run(place.forge.commits.branch("polecat/ap-1")).sha == sha
    protect(place)
    rules = place.run(place.forge.commits.branch("main")).rules
    assert rules == Rules(protected=True, checks=("gastown/gates",), approvals=1)
    with pytest.raises(NotFound, match="branches/nosuch"):
        place.run(place.forge.commits.branch("nosuch"))


def protect(place: Place) -> None:
    """What an organisation asks of main."""
    rules = {"rule_name": "main", "enable_push": False, "enable_status_check": True}
    rules |= {"status_check_contexts": ["gastown/gates"], "required_approvals": 1}
    place.ask("owner", "POST", "branch_protections", rules)


def test_the_newest_status_of_a_context_counts(place: Place) -> None:
    """Posted twice, listed once, over pages too."""
    sha = Sha(place.push("work", files={"a": "a"}))
    for number in range(52):
        status = Check(context=f"unit/{number:02}", state=CheckState.SUCCESS)
        place.run(place.forge.commits.set_status(sha, status))
    for state in (CheckState.PENDING, CheckState.FAILURE):
        status = Check("gastown/test", state, description="2 of 9 failed", url="https://ci.test/1")
        place.run(place.forge.commits.set_status(sha, status))
    found = {each.context: each for each in place.run(place.forge.commits.checks(sha))}
    assert len(found) == 53
    ours = found["gastown/test"]
    assert (ours.state, ours.description, ours.url) == (
        CheckState.FAILURE,
        "2 of 9 failed",
        "https://ci.test/1",
    )


def test_a_reader_posts_no_status(place: Place) -> None:
    """The forge says so, and it is final."""
    sha = Sha(place.push("work", files={"a": "a"}))
    with pytest.raises(NoRight):
        place.run(place.forge.commits.set_status(sha, Check("x", CheckState.SUCCESS)), who="reader")


class Delivered(NamedTuple):
    """A webhook that came in."""

    headers: dict[str, str]
    body: bytes


@pytest.fixture
def receiver() -> Iterator[tuple[str, "Queue[Delivered]"]]:
    """An address for webhooks, and what came there."""
    came: Queue[Delivered] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.put(Delivered({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/hooks/app", came
        server.shutdown()


def test_a_webhook_is_made_once_and_signs(place: Place, receiver: tuple[str, "Queue[Delivered]"]) -> None:
    """Registered again there is one still, with the new secret; the ping comes, signed with it."""
    url, came = receiver
    hooks = place.forge.hooks
    everything = tuple(HookEvent)
    first = place.run(hooks.register(url, secret="old", events=[HookEvent.PUSH]), who="owner")
    second = place.run(hooks.register(url, secret="new", events=everything), who="owner")
    assert (second.id != first.id, second.active, second.url) == (True, True, url)
    assert {"issues", "issue_label", "issue_comment", "push", "status"} <= second.events
    assert len(place.run(hooks.all(), who="owner")) == 1
    place.run(hooks.ping(second), who="owner")
    ping = came.get(timeout=120)
    assert hmac.new(b"new", ping.body, hashlib.sha256).hexdigest() == ping.headers["x-gitea-signature"]
    pushed = json.loads(ping.body)
    assert (ping.headers["x-gitea-event"], pushed["before"] == pushed["after"]) == ("push", True)
    place.run(hooks.remove(second), who="owner")
    place.run(hooks.remove(second), who="owner")
    assert place.run(hooks.all(), who="owner") == ()


def test_the_token_of_the_product_may_not_administer(place: Place) -> None:
    """Webhooks need somebody who administers the repository."""
    with pytest.raises(NoRight):
        place.run(place.forge.hooks.all())


def test_what_gitea_cannot_do_is_said_before_it_is_tried(place: Place) -> None:
    """The capability and the error say the same."""
    url = "http://127.0.0.1:1/hooks"
    hook = place.run(place.forge.hooks.register(url, secret="s", events=[HookEvent.PUSH]), who="owner")
    assert not place.forge.can(Ability.HOOK_DELIVERIES)
    with pytest.raises(Unsupported, match="does not tell"):
        place.run(place.forge.hooks.deliveries(hook), who="owner")
