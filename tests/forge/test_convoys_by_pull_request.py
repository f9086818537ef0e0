"""A convoy on one machine lands by pull request on a protected main of the real Gitea, and waits without a pod."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import eight
from harness.eight import People, landed
from harness.place import Place

BEADS = [
    {
        "id": f"app-{number}",
        "title": eight.title(number),
        "dependencies": [{"depends_on_id": f"app-{each}", "type": "blocks"} for each in needs],
    }
    for number, needs in eight.NEEDS.items()
]


class Town:
    """One user's town with one rig, whose work lands by pull request."""

    def __init__(self, place: Place, root: Path) -> None:
        self.place, self.root = place, root
        (root / "home").mkdir()
        (root / "agent.sh").write_text(eight.AGENT)
        (root / "bot.token").write_text(place.site.tokens["bot"])
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(root / "home"),
            "GASTOWN_HOME": str(root / "town"),
            "GASTOWN_LOCAL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        beads = "".join(f"{json.dumps(each)}\n" for each in BEADS)
        place.push("main", files={".beads/issues.jsonl": beads}, who="owner")
        agent = f"sh {root}/agent.sh {{prompt_file}}"
        url = place.site.clone_url("bot", place.name)
        gate = ("--gate", "test=test -d .beads")
        self("rig", "create", "app", "--git-url", url, "--agent-command", agent, *gate)
        forge = ("--forge", "gitea", "--api-url", place.site.url, "--repository", place.name)
        self("rig", "connect", "app", *forge, "--token-file", root / "bot.token", "--mode", "pr")

    def __call__(self, *words: object) -> str:
        """What a command line printed; it must succeed."""
        done = subprocess.run(
            [sys.executable, "-P", "-m", "kubectl_gt", *map(str, words)],
            capture_output=True, check=False, cwd=self.root, env=self.environ, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def pull(self, bead: str) -> dict[str, Any] | None:
        """The open pull request of a bead."""
        found = self.place.ask("bot", "GET", "pulls?state=open")
        return next((each for each in found if each["head"]["ref"] == f"polecat/{bead}"), None)

    def convoy(self) -> dict[str, Any]:
        """The convoy as its status shows it."""
        return json.loads(self("convoy", "status", "build", "-o", "json"))

    def review(self, number: int, event: str, body: str) -> None:
        """A person looks at it."""
        People(self.place).review(number, event, body)


@pytest.fixture
def town(place: Place, tmp_path: Path) -> Iterator[Town]:
    """A town on a main that asks for a review and for the gates."""
    made = Town(place, tmp_path)
    eight.protect(place, "gastown/gates")
    yield made
    subprocess.run(
        [sys.executable, "-P", "-m", "kubectl_gt", "convoy", "stop", "build"], env=made.environ, check=False
    )


def until(condition: Callable[[], Any], what: str, *, seconds: float = 300) -> Any:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.3)
    return found


def test_a_convoy_waits_for_people_and_lands_in_order(town: Town) -> None:
    """One pull request after the other, each merged once a person approved it; the second bead begins after the first."""
    town("convoy", "create", "Build", "app-1", "app-2", "--name", "build")
    first = until(lambda: town.pull("app-1"), "no pull request of app-1")
    assert first["title"] == "Lay the ground (app-1)"
    time.sleep(3)
    assert town.pull("app-2") is None
    town.review(first["number"], "APPROVED", "fine")
    second = until(lambda: town.pull("app-2"), "no pull request of app-2")
    town.review(second["number"], "APPROVED", "fine")
    until(lambda: town.convoy()["status"]["phase"] == "Complete", "the convoy does not end")
    assert landed(town.place) == ["app-1", "app-2"]
    assert "app-1.txt" in _files(town)
    assert len(town.place.ask("bot", "GET", "pulls?state=all")) == 2


def test_a_closed_pull_request_ends_the_bead(town: Town) -> None:
    """The work is not wanted, and nothing opens it again."""
    town("convoy", "create", "Build", "app-1", "--name", "build")
    pull = until(lambda: town.pull("app-1"), "no pull request")
    town.place.ask("writer", "PATCH", f"pulls/{pull['number']}", {"state": "closed"})
    status = until(
        lambda: (found := town.convoy()["status"])["phase"] == "Failed" and found, "the convoy does not end"
    )
    assert "closed without being merged" in json.dumps(status)
    assert len(town.place.ask("bot", "GET", "pulls?state=all")) == 1


def test_requested_changes_reach_the_agent(town: Town) -> None:
    """The agent is told exactly what the person wrote, with no command typed, on the same branch, and nobody opens a second pull request."""
    town("convoy", "create", "Build", "app-1", "--name", "build")
    pull = until(lambda: town.pull("app-1"), "no pull request")
    town.review(pull["number"], "REQUEST_CHANGES", "Answer me.")
    until(
        lambda: (found := town.pull("app-1")) and found["head"]["sha"] != pull["head"]["sha"],
        "nothing new on the branch",
    )
    town.review(pull["number"], "APPROVED", "fine now")
    until(lambda: town.convoy()["status"]["phase"] == "Complete", "the convoy does not end")
    assert len(town.place.ask("bot", "GET", "pulls?state=all")) == 1


def test_a_merge_is_taken_back_by_pull_request(town: Town) -> None:
    """The reverse is a pull request of its own, which a person approves as any other; no agent works it."""
    town("convoy", "create", "Build", "app-1", "--name", "build")
    town.review(until(lambda: town.pull("app-1"), "no pull request")["number"], "APPROVED", "fine")
    until(lambda: town.convoy()["status"]["phase"] == "Complete", "the convoy does not end")
    town("revert", "app-1")
    pull = until(lambda: town.pull("revert-app-1"), "no pull request of the revert")
    assert pull["title"].startswith('Revert "Lay the ground')
    assert "app-1.txt" in _files(town)
    town.review(pull["number"], "APPROVED", "not wanted")
    until(lambda: "app-1.txt" not in _files(town), "the change is still there")
    until(lambda: "app-1" in town("beads", "ready"), "the bead is not open again")
    assert ["app-1", "revert-app-1"] == landed(town.place)
    assert len(town.place.ask("bot", "GET", "pulls?state=all")) == 2


def test_held_work_lands_by_pull_request(town: Town) -> None:
    """A person looks at it twice: before there is a pull request, and on it."""
    town("convoy", "create", "Build", "app-1", "--name", "build", "--hold")
    until(lambda: "held" in town("inbox").lower() or "land" in town("inbox"), "nothing is held")
    assert town.pull("app-1") is None
    town("land", "app-1")
    town.review(until(lambda: town.pull("app-1"), "no pull request")["number"], "APPROVED", "fine")
    until(lambda: town.convoy()["status"]["phase"] == "Complete", "the convoy does not end")
    assert ["app-1"] == landed(town.place)


def _files(town: Town) -> list[str]:
    return [each["path"] for each in town.place.ask("bot", "GET", "contents?ref=main")]


def test_eight_beads_land_on_a_protected_main(town: Town) -> None:
    """A diamond, a conflict and a red check; a required build, a required review, outdated branches blocked."""
    rules = {"status_check_contexts": list(eight.CONTEXTS), "block_on_outdated_branch": True}
    town.place.ask("owner", "PATCH", "branch_protections/main", rules)
    people = People(town.place, red=eight.RED)
    town("convoy", "create", "Build", *eight.BEADS, "--name", "build")

    def ended() -> bool:
        people.look()
        return town.convoy()["status"]["phase"] in {"Complete", "Failed"}

    until(ended, "the convoy does not end", seconds=540)
    assert sorted(landed(town.place)) == sorted({*eight.BEADS} - {eight.RED})
    people.red = ""
    town("convoy", "resume", "build")
    until(ended, "the convoy does not end after it was resumed", seconds=240)
    order = landed(town.place)
    assert sorted(order) == sorted(eight.BEADS)
    assert eight.in_order(order)
    assert [] == eight.unexplained(town.place)
    assert len(town.place.ask("bot", "GET", "pulls?state=all&limit=50")) == len(eight.BEADS)
