"""Eight beads that meet all that a protected branch has in store: a diamond, a conflict, a check that stays red, and people who look.

One machine and a cluster are asked for the same, and judged from the forge and its repository alone.
"""

import time
from collections.abc import Mapping
from typing import Any

from harness.place import Place, git

AGENT = """\
set -eu
if [ -n "$(git ls-files --unmerged)" ]; then
    sed -i -e '/^<<<<<<< /d' -e '/^=======$/d' -e '/^>>>>>>> /d' shared.txt
    git add --all
    git commit --quiet --no-edit
    exit 0
fi
case "$GASTOWN_BEAD" in app-5 | app-6) echo "$GASTOWN_BEAD" >shared.txt ;; esac
if grep -q 'asks for changes' "$1"; then echo yes >>"$GASTOWN_BEAD.answers"; else echo "$GASTOWN_BEAD" >"$GASTOWN_BEAD.txt"; fi
git add --all
git commit --quiet --message "Do $GASTOWN_BEAD"
"""
"""Its argument is the file with the task."""

NEEDS: Mapping[int, tuple[int, ...]] = {1: (), 2: (1,), 3: (1,), 4: (2, 3), 5: (), 6: (), 7: (), 8: (4,)}
"""A diamond with a tail; 5 and 6 write the same file, and 7 has a check that stays red however often the agent is told."""

RED = "app-7"
BEADS = tuple(f"app-{number}" for number in NEEDS)
CONTEXTS = ("gastown/gates", "ci")
_BEAD = "--format=%(trailers:key=Gastown-Bead,valueonly,separator=%x2C)"


def title(number: int) -> str:
    """What a bead is called."""
    return "Lay the ground" if number == 1 else f"Part {number}"


def protect(place: Place, *contexts: str, outdated: bool = False) -> None:
    """Main asks for a person's review and for checks, for the newest base too if told so; nobody pushes to it."""
    rules = {"rule_name": "main", "enable_push": False, "enable_status_check": True}
    rules |= {"status_check_contexts": list(contexts), "required_approvals": 1}
    place.ask(
        "owner",
        "POST",
        "branch_protections",
        rules | ({"block_on_outdated_branch": True} if outdated else {}),
    )


class People:
    """Somebody who looks at each new head once, and a build that is red for one bead until it was told so."""

    def __init__(self, place: Place, red: str = "") -> None:
        self.place, self.red, self.seen = place, red, set[str]()

    def look(self) -> None:
        """Judge what is new."""
        for pull in self.place.ask("bot", "GET", "pulls?state=open"):
            head, branch = pull["head"]["sha"], pull["head"]["ref"]
            if head not in self.seen:
                self.seen.add(head)
                broken = branch == f"polecat/{self.red}"
                state = {
                    "state": "failure" if broken else "success",
                    "context": "ci",
                    "description": "asks for changes",
                }
                self.place.ask("writer", "POST", f"statuses/{head}", state)
                self.review(pull["number"], "APPROVED", "fine")

    def review(self, number: int, event: str, body: str) -> None:
        """Say what one thinks of a pull request."""
        self.place.ask("writer", "POST", f"pulls/{number}/reviews", {"event": event, "body": body})


def landed(place: Place) -> list[str]:
    """The beads on main, in their order."""
    clone = place.scratch / f"look-{time.monotonic_ns()}"
    git(place.scratch, "clone", "-q", place.site.clone_url("bot", place.name), str(clone))
    return [line for line in git(clone, "log", _BEAD, "--reverse", "main").splitlines() if line]


def in_order(order: list[str]) -> bool:
    """Whether each bead came after those that it needs."""
    return all(
        order.index(f"app-{need}") < order.index(f"app-{number}")
        for number, needs in NEEDS.items()
        if f"app-{number}" in order
        for need in needs
    )


def unexplained(place: Place) -> list[str]:
    """What on main no merged pull request of a work branch explains, and what was merged without what its rules ask for: nothing."""
    pulls = {each["merge_commit_sha"]: each for each in _merged(place)}
    told = [f"{pull['head']['label']}: {why}" for pull in pulls.values() for why in _bypassed(place, pull)]
    clone = place.scratch / f"trace-{time.monotonic_ns()}"
    git(place.scratch, "clone", "-q", place.site.clone_url("bot", place.name), str(clone))
    for line in git(
        clone, "log", "--first-parent", "--format=%H %(trailers:key=Gastown-Bead,valueonly)", "main"
    ).splitlines():
        sha, _, bead = line.partition(" ")
        if bead and pulls.get(sha, {}).get("head", {}).get("label") != f"polecat/{bead}":
            told.append(f"{sha}: of {bead}, and no pull request says that it became this commit")
    return told


def _merged(place: Place) -> list[dict[str, Any]]:
    return [each for each in place.ask("bot", "GET", "pulls?state=closed&limit=50") if each["merged"]]


def _bypassed(place: Place, pull: Mapping[str, Any]) -> list[str]:
    """What was missing on the very head that was merged."""
    head = pull["head"]["sha"]
    reviews = place.ask("bot", "GET", f"pulls/{pull['number']}/reviews")
    approved = any(each["commit_id"] == head and each["state"] == "APPROVED" for each in reviews)
    found = place.ask("bot", "GET", f"commits/{head}/status")["statuses"] or ()
    green = {each["context"] for each in found if each["status"] == "success"}
    return [*([] if approved else ["no approval"]), *sorted(set(CONTEXTS) - green)]
