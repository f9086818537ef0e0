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
from harness.place import Place, git

AGENT = """\
set -eu
[ ! -f answered.txt ] || exit 0
if grep -q 'asks for changes' "$1"; then echo yes >answered.txt; else echo "$GASTOWN_BEAD" >"$GASTOWN_BEAD.txt"; fi
git add --all
git commit --quiet --message "Do $GASTOWN_BEAD"
"""
BEADS = [
    {"id": "app-1", "title": "Lay the ground"},
    {"id": "app-2", "title": "Walls", "dependencies": [{"depends_on_id": "app-1", "type": "blocks"}]},
]


class Town:
    """One user's town with one rig, whose work lands by pull request."""

    def __init__(self, place: Place, root: Path) -> None:
        self.place, self.root = place, root
        (root / "home").mkdir()
        (root / "agent.sh").write_text(AGENT)
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
            capture_output=True, check=False, cwd=self.root, env=self.environ, text=True, timeout=120,
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
        self.place.ask("writer", "POST", f"pulls/{number}/reviews", {"event": event, "body": body})


@pytest.fixture
def town(place: Place, tmp_path: Path) -> Iterator[Town]:
    """A town on a main that asks for a review and for the gates."""
    made = Town(place, tmp_path)
    rules = {"rule_name": "main", "enable_push": False, "enable_status_check": True}
    rules |= {"status_check_contexts": ["gastown/gates"], "required_approvals": 1}
    place.ask("owner", "POST", "branch_protections", rules)
    yield made
    subprocess.run(
        [sys.executable, "-P", "-m", "kubectl_gt", "convoy", "stop", "build"], env=made.environ, check=False
    )


def until(condition: Callable[[], Any], what: str) -> Any:
    """Wait for something to become true."""
    deadline = time.monotonic() + 120
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
    clone = town.root / "look"
    git(town.root, "clone", "-q", town.place.site.clone_url("bot", town.place.name), str(clone))
    log = git(
        clone, "log", "--format=%(trailers:key=Gastown-Bead,valueonly,separator=%x2C)", "--reverse", "main"
    )
    assert [line for line in log.splitlines() if line] == ["app-1", "app-2"]
    assert (clone / "app-1.txt").exists()
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
    """The next attempt is told exactly what the person wrote, on the same branch, and nobody opens a second pull request."""
    town("convoy", "create", "Build", "app-1", "--name", "build")
    pull = until(lambda: town.pull("app-1"), "no pull request")
    town.review(pull["number"], "REQUEST_CHANGES", "Answer me.")
    until(lambda: town.convoy()["status"]["phase"] == "Failed", "the convoy does not end")
    town("convoy", "resume", "build")
    until(
        lambda: (found := town.pull("app-1")) and found["head"]["sha"] != pull["head"]["sha"],
        "nothing new on the branch",
    )
    town.review(pull["number"], "APPROVED", "fine now")
    until(lambda: town.convoy()["status"]["phase"] == "Complete", "the convoy does not end")
    assert len(town.place.ask("bot", "GET", "pulls?state=all")) == 1
