"""A push, a comment on a pull request, a review and a failed check on the real Gitea: each becomes work, on one machine."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness.place import Place, git
from harness.receiving import Town, port, until

from workflows.local.home import Home
from workflows.local.town import LocalTown

AGENT = """\
set -eu
cp "$1" "$GASTOWN_BEAD.$(ls "$GASTOWN_BEAD".*.md 2>/dev/null | wc -l).md"
git add --all
git commit --quiet --message "Do $GASTOWN_BEAD"
"""
TRIGGERS = [
    {"name": "labelled", "event": "IssueLabelled", "labels": ["gastown"]},
    {"name": "pushed", "event": "Push"},
    {"name": "asked", "event": "PullRequestComment", "command": "/sling"},
    {"name": "reviewed", "event": "ChangesRequested"},
    {"name": "red", "event": "CheckFailed", "checks": ["ci"]},
]


@pytest.fixture
def town(place: Place, tmp_path: Path) -> Iterator[Town]:
    """A town that listens to all that is about branches."""
    made = Town(tmp_path, place).settle()
    (tmp_path / "agent.sh").write_text(AGENT, encoding="utf-8")
    made.rig()
    yield made
    made.end()


def listen(town: Town, *more: str) -> None:
    """Connect the rig and serve; the triggers stand before anything happens."""
    listens = port()
    town.serve(listens)
    town.connect(listens, *more)
    local = LocalTown(Home(town.root / "town"))
    local.rigs.change("app", {"triggers": TRIGGERS})
    local.store.close()


def ended(town: Town, name: str) -> dict[str, Any]:
    """The status of a convoy once it has ended."""

    def status() -> Any:
        found = json.loads(town.type("convoy", "status", name, "-o", "json"))["status"]
        return found if found["phase"] in {"Complete", "Failed"} else None

    return until(status, f"convoy {name} ends")


def clone(town: Town) -> Path:
    """What is on main now."""
    target = town.root / f"look-{len(list(town.root.glob('look-*')))}"
    git(town.root, "clone", "-q", town.place.site.clone_url("bot", town.place.name), str(target))
    return target


def bead(number: int, *needs: int) -> str:
    """A line of a bead file."""
    edges = [{"depends_on_id": f"app-{each}", "type": "blocks"} for each in needs]
    return json.dumps({"id": f"app-{number}", "title": f"Part {number}", "dependencies": edges}) + "\n"


def test_a_push_slings_what_it_made_ready_and_never_our_own(town: Town, place: Place) -> None:
    """The second push adds a bead; what merges push slings nothing, and nobody works a bead twice."""
    listen(town)
    path = ".beads/issues.jsonl"
    place.push("main", files={path: bead(1) + bead(2, 1)}, who="owner")
    (first,) = until(town.convoys, "the convoy of the push")
    assert first["spec"]["trackedBeads"] == ["app-1"]
    assert ended(town, first["metadata"]["name"])["phase"] == "Complete"
    place.push("main", files={path: bead(1) + bead(2, 1) + bead(3)}, who="owner")
    until(lambda: len(town.convoys()) == 2, "the convoy of the second push")
    (second,) = (each for each in town.convoys() if each["metadata"]["name"] != first["metadata"]["name"])
    assert second["spec"]["trackedBeads"] == ["app-3"]
    assert ended(town, second["metadata"]["name"])["phase"] == "Complete"
    town.type("events", "poll", "--hold")
    assert len(town.convoys()) == 2
    assert {each.name for each in clone(town).glob("app-*.md")} == {"app-1.0.md", "app-3.0.md"}


def asked_by_comment(place: Place, number: int) -> str:
    """Somebody who may asks, below somebody who may not."""
    place.ask("stranger", "POST", f"issues/{number}/comments", {"body": "/sling delete it"})
    place.ask("writer", "POST", f"issues/{number}/comments", {"body": "/sling mind the old clients"})
    return "mind the old clients"


def asked_by_review(place: Place, number: int) -> str:
    """A review."""
    wanted = {"event": "REQUEST_CHANGES", "body": "Say it in one sentence."}
    place.ask("writer", "POST", f"pulls/{number}/reviews", wanted)
    return "Say it in one sentence."


def asked_by_check(place: Place, number: int) -> str:
    """A build, which is red; one of ours says nothing new."""
    head = place.ask("bot", "GET", f"pulls/{number}")["head"]["sha"]
    for context in ("gastown/gates", "ci"):
        wanted = {"state": "failure", "context": context, "description": "3 tests failed"}
        place.ask("writer", "POST", f"statuses/{head}", wanted)
    return "ci: 3 tests failed"


@pytest.mark.parametrize(
    ("ask", "trigger"),
    [
        pytest.param(asked_by_comment, "asked", id="comment"),
        pytest.param(asked_by_review, "reviewed", id="review"),
        pytest.param(asked_by_check, "red", id="failed-check"),
    ],
)
def test_the_same_branch_is_worked_again_with_those_words(
    town: Town, place: Place, ask, trigger: str
) -> None:
    """What was on the branch stays, and the agent reads what was asked; a poll finds nothing more."""
    place.push("polecat/app-7", files={"app-7.0.md": "the first try"})
    wanted = {"title": "Part 7", "head": "polecat/app-7", "base": "main"}
    number = place.ask("bot", "POST", "pulls", wanted)["number"]
    listen(town)
    words = ask(place, number)
    (convoy,) = until(town.convoys, "the convoy")
    source = convoy["spec"]["source"]
    assert (source["trigger"], source["number"], source["pull"]) == (trigger, number, True)
    assert [each["id"] for each in convoy["spec"]["beads"]] == ["app-7"]
    assert ended(town, convoy["metadata"]["name"])["phase"] == "Complete"
    main = clone(town)
    assert (main / "app-7.0.md").read_text() == "the first try"
    prompt = (main / "app-7.1.md").read_text()
    assert words in prompt
    assert "delete it" not in prompt
    town.type("events", "poll", "--hold")
    assert len(town.convoys()) == 1
    ours = [
        each
        for each in place.ask("bot", "GET", f"issues/{number}/comments")
        if each["user"]["login"] == "bot"
    ]
    assert len(ours) == 1


def test_a_label_becomes_a_pull_request_that_a_review_sends_back(town: Town, place: Place) -> None:
    """Whoever reviewed gets the changes on the same pull request without a terminal, and merges by approving."""
    rules = {"rule_name": "main", "enable_push": False, "required_approvals": 1}
    place.ask("owner", "POST", "branch_protections", rules)
    listen(town, "--mode", "pr")
    issue = place.issue("Write a file")
    place.ask("writer", "POST", f"issues/{issue}/labels", {"labels": [place.label("gastown")]})
    (pull,) = until(lambda: place.ask("bot", "GET", "pulls?state=open"), "the pull request")
    number, head = pull["number"], pull["head"]["sha"]
    asked_by_review(place, number)
    last = until(lambda: [each for each in town.convoys() if each["spec"]["source"]["pull"]], "its convoy")[0]
    name = last["metadata"]["name"]
    until(
        lambda: "waiting for another look" in town.type("convoy", "status", name), "it waits for the review"
    )
    assert place.ask("bot", "GET", f"pulls/{number}")["head"]["sha"] != head
    review = {"event": "APPROVED", "body": "fine now"}
    place.ask("writer", "POST", f"pulls/{number}/reviews", review)
    until(lambda: place.ask("bot", "GET", f"pulls/{number}")["merged"], "it is merged")
    assert len(place.ask("bot", "GET", "pulls?state=all")) == 1
    assert ended(town, name)["phase"] == "Complete"
    assert len(town.convoys()) == 2
    prompts = sorted(clone(town).glob("*.md"))
    assert any("Say it in one sentence." in each.read_text() for each in prompts)
