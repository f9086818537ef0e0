"""What is done about a pull request follows from what the forge says, and from nothing else."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forges.errors import Reason
from forges.model import Account, AccountId, PullNumber, RepositoryId, Rules, Sha
from forges.pulls import Check, CheckState, PullRequest, PullState, Review, Verdict
from workflows.refinery.modes.pr.decision import Declined, Merge, Merged, Moved, Rework, Waiting, decide
from workflows.refinery.modes.pr.model import Standing, Terms, Wait, Work

NOW = datetime(2026, 11, 28, tzinfo=UTC)
HEAD, OLDER, MERGED = Sha("a" * 40), Sha("b" * 40), Sha("c" * 40)
ANN, BOB = Account(AccountId("1"), "ann"), Account(AccountId("2"), "bob")
FREE = Rules()
WORK = Work("ap-1", "polecat/ap-1", HEAD, "Add it (ap-1)", "Text", "Gastown-Bead: ap-1")
TERMS = Terms(base="main")
GREEN = Check("gastown/gates", CheckState.SUCCESS)
PULL = PullRequest(
    id="4", number=PullNumber(4), title="Add it", body="", author=ANN, state=PullState.OPEN, draft=False,
    head="polecat/ap-1", head_sha=HEAD, head_repository=RepositoryId("7"), base="main",
    base_repository=RepositoryId("7"), labels=(), url="", created=NOW, updated=NOW,
)  # fmt: skip


def review(
    verdict: Verdict,
    by: Account = ANN,
    *,
    sha: Sha = HEAD,
    body: str = "",
    official: bool = True,
    stale: bool = False,
) -> Review:
    """A review of the head, by somebody who may write, unless said otherwise."""
    return Review(
        id="r", author=by, verdict=verdict, body=body, sha=sha, at=NOW, official=official, stale=stale
    )


def standing(
    *reviews: Review, pull: PullRequest = PULL, checks: tuple[Check, ...] = (GREEN,), rules: Rules = FREE
) -> Standing:
    """An open pull request whose gates are green, unless said otherwise."""
    return Standing(pull, checks, reviews, rules)


OK, NO, HM = Verdict.APPROVED, Verdict.CHANGES_REQUESTED, Verdict.COMMENTED
ONE = Rules(approvals=1)
TABLE = [
    ("green", standing(), TERMS, Merge()),
    ("merged", standing(pull=replace(PULL, state=PullState.MERGED, merge_commit=MERGED)), TERMS, Merged(MERGED)),
    ("closed", standing(pull=replace(PULL, state=PullState.CLOSED)), TERMS, Declined),
    ("pushed", standing(pull=replace(PULL, head_sha=OLDER)), TERMS, Moved(OLDER)),
    ("other base", standing(pull=replace(PULL, base="release")), TERMS, (Waiting, Reason.BLOCKED)),
    ("draft", standing(pull=replace(PULL, draft=True)), TERMS, (Waiting, Reason.DRAFT)),
    ("gates not posted", standing(checks=()), TERMS, (Waiting, Reason.CHECKS_PENDING)),
    ("required missing", standing(rules=Rules(checks=("ci",))), TERMS, (Waiting, Reason.CHECKS_PENDING)),
    ("other pending", standing(checks=(GREEN, Check("ci", CheckState.PENDING))), TERMS, (Waiting, Reason.CHECKS_PENDING)),
    ("other failed", standing(checks=(GREEN, Check("ci", CheckState.FAILURE))), TERMS, (Rework, Reason.CHECKS_FAILED)),
    ("rules want one", standing(rules=ONE), TERMS, (Waiting, Reason.REVIEW_REQUIRED)),
    ("approved", standing(review(OK), rules=ONE), TERMS, Merge()),
    ("approved by anybody", standing(review(OK, official=False), rules=ONE), TERMS, (Waiting, Reason.REVIEW_REQUIRED)),
    ("approved twice by one", standing(review(OK), review(OK), rules=Rules(approvals=2)), TERMS, (Waiting, Reason.REVIEW_REQUIRED)),
    ("stale approval", standing(review(OK, stale=True), rules=ONE), TERMS, (Waiting, Reason.REVIEW_REQUIRED)),
    ("review wanted", standing(), Terms(base="main", wait=Wait.REVIEW), (Waiting, Reason.REVIEW_REQUIRED)),
    ("a person merges", standing(review(OK)), Terms(base="main", wait=Wait.PERSON), (Waiting, Reason.REVIEW_REQUIRED)),
    ("changes", standing(review(NO, body="Use a set.")), TERMS, (Rework, Reason.CHANGES_REQUESTED)),
    ("changes before approval of another", standing(review(NO), review(OK, BOB)), TERMS, (Rework, Reason.CHANGES_REQUESTED)),
    ("changes, then approved", standing(review(NO), review(OK)), TERMS, Merge()),
    ("changes, then a comment", standing(review(NO), review(HM)), TERMS, (Rework, Reason.CHANGES_REQUESTED)),
    ("changes answered", standing(review(NO, sha=OLDER)), TERMS, (Waiting, Reason.CHANGES_REQUESTED)),
    ("changes by anybody", standing(review(NO, official=False)), TERMS, Merge()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("found", "terms", "wanted"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_each_state_has_its_decision(found: Standing, terms: Terms, wanted: object) -> None:
    """And a waiting one says for what."""
    decision = decide(found, WORK, terms)
    if isinstance(wanted, tuple) and not hasattr(wanted, "_fields"):
        kind, reason = wanted
        assert isinstance(decision, kind)
        assert decision.reason is reason
        assert decision.words
    elif isinstance(wanted, type):
        assert isinstance(decision, wanted)
    else:
        assert decision == wanted


def test_the_agent_gets_exactly_what_the_person_wrote() -> None:
    """With the name, and nothing of others' comments."""
    decision = decide(standing(review(HM, BOB, body="nice"), review(NO, body="Use a set.")), WORK, TERMS)
    assert decision == Rework(Reason.CHANGES_REQUESTED, "ann asks for changes:\nUse a set.")


REVIEWS = st.builds(
    review,
    st.sampled_from(list(Verdict)),
    st.sampled_from([ANN, BOB]),
    sha=st.sampled_from([HEAD, OLDER]),
    official=st.booleans(),
    stale=st.booleans(),
)
CHECKS = st.builds(Check, st.sampled_from(["gastown/gates", "ci", "lint"]), st.sampled_from(list(CheckState)))


@given(
    reviews=st.lists(REVIEWS, max_size=5),
    checks=st.lists(CHECKS, max_size=4, unique_by=lambda each: each.context),
    rules=st.builds(
        Rules, checks=st.sampled_from([(), ("ci",), ("ci", "lint")]), approvals=st.integers(0, 2)
    ),
    head=st.sampled_from([HEAD, OLDER]),
    wait=st.sampled_from(list(Wait)),
    draft=st.booleans(),
)
def test_nothing_merges_past_a_rule(
    reviews: list[Review], checks: list[Check], rules: Rules, head: Sha, wait: Wait, *, draft: bool
) -> None:
    """Only our head, only green, only approved by those who count, never against a standing objection."""
    pull = replace(PULL, head_sha=head, draft=draft)
    found = Standing(pull, tuple(checks), tuple(reviews), rules)
    if decide(found, WORK, Terms(base="main", wait=wait)) != Merge():
        return
    states = {each.context: each.state for each in checks}
    approved = {each.author.id for each in reviews if each.verdict is OK and each.official and not each.stale}
    last = {each.author.id: each.verdict for each in reviews if each.official and each.verdict is not HM}
    assert (head, draft) == (HEAD, False)
    assert wait is not Wait.PERSON
    assert all(states.get(name) is CheckState.SUCCESS for name in (*rules.checks, "gastown/gates"))
    assert CheckState.FAILURE not in states.values()
    assert len(approved) >= max(rules.approvals, int(wait is Wait.REVIEW))
    assert NO not in last.values()
