"""A bead lands by pull request on the real Gitea, whatever is killed in between, and never past a rule."""

import subprocess
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from harness.place import Place, git

from forges.errors import Reason
from forges.exchange import Answer, Request
from forges.model import PullNumber, Rules, Sha
from forges.pulls import Check, CheckState
from forges.registry import credentials
from forges.transports.blocking import Blocking
from workflows.refinery.modes.pr import claim
from workflows.refinery.modes.pr.decision import Decision, Declined, Merge, Merged, Moved, Rework, Waiting
from workflows.refinery.modes.pr.model import Terms, Work
from workflows.refinery.modes.pr.proposal import consider, merge, propose
from workflows.steps.git.command import Git
from workflows.steps.git.remote import Remote

TERMS = Terms(base="main")
PENDING = Check("gastown/gates", CheckState.PENDING, "gates run")
GREEN = Check("gastown/gates", CheckState.SUCCESS, "2 gates passed")


FREE = Rules()


class Killed(BaseException):
    """The process is gone."""


class Mortal(Blocking):
    """A connection whose process dies at the n-th request: before it is sent, or when the answer would come."""

    left = 10**6
    late = False
    sent = 0

    def _send(self, request: Request) -> Answer:
        self.left -= 1
        if self.left < 0 and not self.late:
            raise Killed
        self.sent += 1
        answer = super()._send(request)
        if self.left < 0:
            raise Killed
        return answer


class Lander:
    """What a merge step does about one bead, without the rest of the step. Made anew, it is another process."""

    def __init__(
        self, place: Place, work: Work, *, left: int = 10**6, late: bool = False, store: Path | None = None
    ) -> None:
        self.place, self.work = place, work
        self.forge = place.forge
        self.connection = Mortal(credentials(place.site.tokens["bot"]))
        self.connection.left, self.connection.late = left, late
        self.store = store or place.scratch / f"store-{uuid.uuid4().hex}"
        subprocess.run(["git", "clone", "-q", "--bare", self.url, str(self.store)], check=True)

    @property
    def url(self) -> str:
        """The repository with the bot's password."""
        return self.place.site.clone_url("bot", self.place.name)

    def land(self) -> Decision:
        """From the published branch to a decision."""
        run, forge = self.connection.run, self.forge
        pull = run(propose(forge, self.work, TERMS, PENDING))
        if pull.is_at(self.work.sha):
            run(forge.commits.set_status(self.work.sha, GREEN))
        return self.look(pull.number)

    def look(self, number: PullNumber, rules: Rules = FREE) -> Decision:
        """What the next look at the open pull request ends in."""
        run, forge = self.connection.run, self.forge
        listed = {each.number: each for each in run(forge.pulls.all_open(base="main"))}
        pull = listed.get(number) or run(forge.pulls.get(number))
        decision = run(consider(forge, pull, self.work, TERMS, rules))
        return self.claimed(pull, rules) if isinstance(decision, Merge) else decision

    def claimed(self, pull, rules: Rules) -> Decision:
        """Merge as the only one who does."""
        remote = Remote(Git.of({}).having(GIT_DIR=self.store), self.url)
        ref = f"refs/gastown/landing/main/{self.work.bead}"
        mine = claim.take(remote, ref, self.work.sha, holder=uuid.uuid4().hex, now=time.time())
        if mine is None:
            return Waiting(Reason.CHECKING, "another lander merges it")
        decision = self.connection.run(merge(self.forge, pull, self.work, TERMS, rules))
        mine.leave()
        return decision


def published(place: Place, bead: str = "ap-1") -> Work:
    """A branch as a polecat leaves it."""
    branch = f"polecat/{bead}"
    sha = place.push(branch, files={f"{bead}.txt": bead})
    message = f"Gastown-Bead: {bead}\nGastown-Head: {sha}"
    return Work(bead, branch, Sha(sha), f"Add it ({bead})", "Text\n\nCloses #1", message)


def until_merged(lander: Lander) -> Decision:
    """Look until Gitea has worked out whether it can merge."""
    deadline = time.monotonic() + 120
    while True:
        decision = lander.land()
        if not (isinstance(decision, Waiting) and decision.reason is Reason.CHECKING):
            return decision
        assert time.monotonic() < deadline, decision
        time.sleep(0.2)


def merges(place: Place, bead: str) -> int:
    """How many commits of main carry the bead."""
    clone = place.scratch / f"look-{uuid.uuid4().hex}"
    git(place.scratch, "clone", "-q", place.site.clone_url("bot", place.name), str(clone))
    return len(git(clone, "log", "--format=%H", f"--grep=^Gastown-Bead: {bead}$", "main").split())


def pulls(place: Place) -> int:
    """How many pull requests there ever were."""
    return len(place.ask("bot", "GET", "pulls?state=all"))


def protect(place: Place, **rules: object) -> None:
    """Rules of main."""
    place.ask("owner", "POST", "branch_protections", {"rule_name": "main", **rules})


CALLS = 8
"""The most that one pull request may cost, beside the one list of its rig."""


def test_a_bead_lands_with_few_calls(place: Place) -> None:
    """Opened, judged, looked at, merged."""
    work = published(place)
    lander = Lander(place, work)
    decision = until_merged(lander)
    assert isinstance(decision, Merged)
    assert (merges(place, "ap-1"), pulls(place)) == (1, 1)
    calm = Lander(place, published(place, "ap-2"))
    number = calm.connection.run(propose(calm.forge, calm.work, TERMS, PENDING)).number
    calm.connection.run(calm.forge.commits.set_status(calm.work.sha, GREEN))
    time.sleep(3)  # by then Gitea has worked out that it can merge
    assert isinstance(calm.look(number), Merged)
    assert calm.connection.sent - 1 <= CALLS


@pytest.mark.parametrize("late", [False, True], ids=["before-the-call", "after-the-call"])
def test_killed_anywhere_it_merges_once(place: Place, *, late: bool) -> None:
    """One pull request and one merge for each bead, wherever the first lander died."""
    for left in range(9):
        work = published(place, f"ap-{left}")
        died = Lander(place, work, left=left, late=late)
        try:
            until_merged(died)
        except Killed:
            git(died.store, "push", "-q", died.url, f":refs/gastown/landing/main/{work.bead}")
        before = pulls(place)
        if merges(place, work.bead) == 0:
            assert isinstance(until_merged(Lander(place, work)), Merged)
        assert merges(place, work.bead) == 1
        assert pulls(place) in {before, before + 1}
    assert pulls(place) == 9


def test_four_landers_at_once_merge_once(place: Place) -> None:
    """Gitea would take each of their calls."""
    work = published(place)
    landers = [Lander(place, work) for _ in range(4)]
    number = landers[0].connection.run(propose(place.forge, work, TERMS, PENDING)).number
    landers[0].connection.run(place.forge.commits.set_status(work.sha, GREEN))
    time.sleep(2)
    with ThreadPoolExecutor(4) as pool:
        decisions = list(pool.map(lambda lander: lander.look(number), landers))
    assert any(isinstance(each, Merged) for each in decisions)
    assert all(isinstance(each, Merged | Waiting) for each in decisions)
    assert merges(place, "ap-1") == 1


def test_a_push_between_check_and_merge_is_not_merged(place: Place) -> None:
    """A person's commit is kept, and the gates get to see it."""
    work = published(place)
    lander = Lander(place, work)
    pull = lander.connection.run(propose(place.forge, work, TERMS, PENDING))
    lander.connection.run(place.forge.commits.set_status(work.sha, GREEN))
    assert lander.connection.run(consider(place.forge, pull, work, TERMS, Rules())) == Merge()
    theirs = place.push(work.branch, files={"more.txt": "more"}, who="writer")
    assert lander.claimed(pull, Rules()) == Moved(theirs)
    assert merges(place, "ap-1") == 0


def test_a_red_check_never_merges(place: Place) -> None:
    """However often it is looked at, and also when our own look would let it pass."""
    protect(place, enable_status_check=True, status_check_contexts=["gastown/gates", "ci"])
    work = published(place)
    lander = Lander(place, work)
    run = lander.connection.run
    pull = run(propose(place.forge, work, TERMS, PENDING))
    run(place.forge.commits.set_status(work.sha, GREEN))
    place.run(
        place.forge.commits.set_status(work.sha, Check("ci", CheckState.FAILURE, "3 of 9")), who="writer"
    )
    time.sleep(2)
    rules = run(place.forge.commits.branch("main")).rules
    assert lander.look(pull.number, rules) == Rework(Reason.CHECKS_FAILED, "ci failed. 3 of 9")
    for _ in range(100):
        assert isinstance(run(merge(place.forge, pull, work, TERMS, rules)), Waiting | Rework)
    assert merges(place, "ap-1") == 0


def test_a_required_review_by_a_person(place: Place) -> None:
    """Asked for, given, merged; nothing bypassed."""
    protect(place, required_approvals=1)
    work = published(place)
    lander = Lander(place, work)
    assert isinstance(lander.land(), Waiting)
    rules = lander.connection.run(place.forge.commits.branch("main")).rules
    number = place.run(place.forge.pulls.all_open())[0].number
    assert lander.look(number, rules) == Waiting(Reason.REVIEW_REQUIRED, "0 of 1 approvals")
    place.ask("writer", "POST", f"pulls/{number}/reviews", {"event": "REQUEST_CHANGES", "body": "Use a set."})
    assert lander.look(number, rules) == Rework(
        Reason.CHANGES_REQUESTED, "writer asks for changes:\nUse a set."
    )
    place.ask("writer", "POST", f"pulls/{number}/reviews", {"event": "APPROVED", "body": "now fine"})
    assert isinstance(lander.look(number, rules), Merged)


def test_what_people_do_is_kept(place: Place) -> None:
    """Merged by hand is merged, closed is declined."""
    first, second = published(place, "ap-1"), published(place, "ap-2")
    by_hand = Lander(place, first)
    number = by_hand.connection.run(propose(place.forge, first, TERMS, PENDING)).number
    pull = place.run(place.forge.pulls.get(number), who="writer")
    time.sleep(2)
    place.ask("writer", "POST", f"pulls/{pull.number}/merge", {"Do": "merge"})
    assert isinstance(by_hand.look(number), Merged)
    closed = Lander(place, second)
    number = closed.connection.run(propose(place.forge, second, TERMS, PENDING)).number
    place.run(place.forge.pulls.close(number), who="writer")
    assert isinstance(closed.look(number), Declined)
