"""Pull requests on the real Gitea: opened once, merged only as they were looked at, refused with a reason."""

from time import monotonic, sleep
from typing import Any

import pytest
from harness.place import Place

from forges.errors import Reason, Refused, Unavailable, Unsupported
from forges.model import MergeMethod
from forges.pulls import Check, CheckState, PullRequest, PullState, Verdict

BODY = "Gastown-Bead: ap-1\nGastown-Convoy: c-1"


def opened(place: Place, branch: str = "polecat/ap-1", **more: Any) -> PullRequest:
    """A pull request of a new branch."""
    place.push(branch, files={f"{branch.rpartition('/')[2]}.txt": branch})
    return place.run(
        place.forge.pulls.open(head=branch, base="main", title="Add it", body="Closes #1", **more)
    )


def merged(place: Place, pull: PullRequest, method: MergeMethod = MergeMethod.SQUASH) -> PullRequest:
    """Merge, waiting as long as the forge is still working out whether it can."""
    until = monotonic() + 120
    while True:
        try:
            return place.run(place.forge.pulls.merge(pull, method=method, title="Add it (ap-1)", body=BODY))
        except Refused as refused:
            if refused.reason is not Reason.CHECKING or monotonic() > until:
                raise
            sleep(0.2)


def protect(place: Place, **rules: Any) -> None:
    """Rules of main."""
    place.ask("owner", "POST", "branch_protections", {"rule_name": "main", **rules})


def refused(place: Place, pull: PullRequest) -> Reason:
    """Why it is not merged."""
    with pytest.raises(Refused) as caught:
        merged(place, pull)
    assert caught.value.words
    return caught.value.reason


def test_a_pull_request_is_opened_once(place: Place) -> None:
    """A second opening returns the first, also for a branch with slashes."""
    first = opened(place)
    again = place.run(place.forge.pulls.open(head=first.head, base="main", title="Other", body=""))
    assert (again.number, again.title) == (first.number, "Add it")
    assert (first.state, first.draft, first.from_fork) == (PullState.OPEN, False, False)
    assert [each.number for each in place.run(place.forge.pulls.all_open())] == [first.number]
    assert place.run(place.forge.pulls.all_open(base="release")) == ()


def test_the_open_one_is_found_beside_closed_ones(place: Place) -> None:
    """Gitea itself returns any of a branch's pull requests."""
    assert place.run(place.forge.pulls.find(head="polecat/ap-1", base="main")) is None
    first = opened(place)
    place.run(place.forge.pulls.close(first.number))
    found = place.run(place.forge.pulls.find(head=first.head, base="main"))
    assert found is not None
    assert (found.number, found.state) == (first.number, PullState.CLOSED)
    second = place.run(place.forge.pulls.open(head=first.head, base="main", title="Again", body=""))
    for call in (
        place.forge.pulls.open(head=first.head, base="main", title="Again", body=""),
        place.forge.pulls.find(head=first.head, base="main"),
    ):
        found = place.run(call)
        assert found is not None
        assert (found.number, found.state) == (second.number, PullState.OPEN)


def test_a_draft_can_be_made_ready(place: Place) -> None:
    """By its title, as Gitea has it; a draft is not merged."""
    draft = opened(place, draft=True)
    assert draft.draft
    assert refused(place, draft) is Reason.DRAFT
    ready = place.run(place.forge.pulls.edit(draft.number, title="Add it", body="b", draft=False))
    assert (ready.draft, ready.title, ready.body) == (False, "Add it", "b")
    assert merged(place, ready).state is PullState.MERGED


@pytest.mark.parametrize("method", list(MergeMethod))
def test_a_merge_carries_our_trailers(place: Place, method: MergeMethod) -> None:
    """The merged commit is named, and is the head of main."""
    pull = opened(place)
    done = merged(place, pull, method)
    assert done.state is PullState.MERGED
    done = place.run(place.forge.pulls.get(pull.number))
    assert done.merge_commit == place.run(place.forge.commits.branch("main")).sha
    message = place.ask("bot", "GET", f"git/commits/{done.merge_commit}")["commit"]["message"]
    assert ("Gastown-Bead: ap-1" in message) == (method is not MergeMethod.REBASE)


def test_a_merge_is_refused_when_the_head_moved(place: Place) -> None:
    """Somebody pushed since it was looked at."""
    pull = opened(place)
    place.push(pull.head, files={"more.txt": "more"}, who="writer")
    assert refused(place, pull) is Reason.HEAD_MOVED
    assert place.run(place.forge.pulls.get(pull.number)).state is PullState.OPEN


def test_a_merged_one_says_so(place: Place) -> None:
    """So that who was killed after the merge knows on the second try."""
    pull = opened(place)
    merged(place, pull)
    assert refused(place, pull) is Reason.MERGED


def test_a_closed_one_is_not_merged(place: Place) -> None:
    """Closing twice is once."""
    pull = opened(place)
    for _ in range(2):
        assert place.run(place.forge.pulls.close(pull.number)).state is PullState.CLOSED
    assert refused(place, pull) is Reason.CLOSED


def test_required_checks_and_reviews_are_named(place: Place) -> None:
    """First the check, then the person; green and approved, it is merged."""
    protect(place, enable_status_check=True, status_check_contexts=["gastown/gates"], required_approvals=1)
    pull = opened(place)
    assert refused(place, pull) in {Reason.CHECKS_PENDING, Reason.REVIEW_REQUIRED}
    place.ask("writer", "POST", f"pulls/{pull.number}/reviews", {"event": "APPROVED", "body": "fine"})
    assert refused(place, pull) is Reason.CHECKS_PENDING
    place.run(place.forge.commits.set_status(pull.head_sha, Check("gastown/gates", CheckState.FAILURE)))
    assert refused(place, pull) is Reason.CHECKS_PENDING
    place.run(place.forge.commits.set_status(pull.head_sha, Check("gastown/gates", CheckState.SUCCESS)))
    assert merged(place, pull).state is PullState.MERGED


def test_a_missing_review_is_named(place: Place) -> None:
    """An approval by somebody without rights does not count."""
    protect(place, required_approvals=1)
    pull = opened(place)
    place.ask("stranger", "POST", f"pulls/{pull.number}/reviews", {"event": "APPROVED", "body": "me too"})
    assert refused(place, pull) is Reason.REVIEW_REQUIRED
    reviews = place.run(place.forge.pulls.reviews(pull.number))
    assert [(each.author.name, each.verdict, each.official) for each in reviews] == [
        ("stranger", Verdict.APPROVED, False)
    ]


def test_requested_changes_are_read_and_named(place: Place) -> None:
    """With what the person wrote."""
    protect(place, block_on_rejected_reviews=True)
    pull = opened(place)
    place.ask(
        "writer", "POST", f"pulls/{pull.number}/reviews", {"event": "REQUEST_CHANGES", "body": "Use a set."}
    )
    review = place.run(place.forge.pulls.reviews(pull.number))[0]
    assert (review.verdict, review.body, review.official, review.sha) == (
        Verdict.CHANGES_REQUESTED,
        "Use a set.",
        True,
        pull.head_sha,
    )
    assert refused(place, pull) is Reason.CHANGES_REQUESTED


def test_an_outdated_branch_is_named(place: Place) -> None:
    """Where the rules ask for the newest base."""
    protect(place, block_on_outdated_branch=True, enable_push=True)
    pull = opened(place)
    place.push("main", files={"base.txt": "newer"}, who="owner")
    sleep(4)  # Gitea counts how far behind it is a moment after the push
    assert refused(place, pull) is Reason.BEHIND


def test_a_forbidden_method_is_named(place: Place) -> None:
    """A repository that takes merge commits only."""
    place.ask("owner", "PATCH", "", {"allow_squash_merge": False})
    assert MergeMethod.SQUASH not in place.run(place.forge.commits.repository()).methods
    assert refused(place, opened(place)) is Reason.METHOD_FORBIDDEN


def test_a_conflict_never_merges(place: Place) -> None:
    """Gitea says the same as while it looks, or 500 where it had not looked yet; our own git tells a conflict."""
    pull = opened(place)
    place.push("main", files={"ap-1.txt": "something else"}, who="owner")
    for _ in range(3):
        with pytest.raises((Refused, Unavailable)) as caught:
            place.run(place.forge.pulls.merge(pull, method=MergeMethod.SQUASH, title="t", body=BODY))
        assert getattr(caught.value, "reason", Reason.CHECKING) in {Reason.CHECKING, Reason.CONFLICT}
    assert place.run(place.forge.pulls.get(pull.number)).state is PullState.OPEN


def test_labels_and_reviewers(place: Place) -> None:
    """Asked for twice, there once."""
    pull, label = opened(place), place.label("agent")
    for _ in range(2):
        place.run(place.forge.issues.add_labels(pull.number, [label], on_pull=True))
        place.run(place.forge.pulls.request_reviewers(pull.number, ["writer"]))
    assert place.run(place.forge.pulls.get(pull.number)).labels == (label,)
    assert [each["user"]["login"] for each in place.ask("bot", "GET", f"pulls/{pull.number}/reviews")] == [
        "writer"
    ]


def test_a_fork_is_told_by_its_repository(place: Place) -> None:
    """Not by its name."""
    place.ask("stranger", "POST", "forks", {"name": place.name.replace("/", "-")})
    fork = Place(site=place.site, name=f"stranger/{place.name.replace('/', '-')}", scratch=place.scratch)
    fork.push("work", files={"a": "a"}, who="stranger")
    call = place.forge.pulls.open(head="stranger:work", base="main", title="From outside", body="")
    assert place.run(call, who="stranger").from_fork


def test_the_schedule_of_gitea_is_not_used(place: Place) -> None:
    """It takes what was pushed later."""
    with pytest.raises(Unsupported, match="pushed later"):
        place.run(place.forge.pulls.enqueue(opened(place)))
