"""Pull requests on the forges that do not run here, by what they publish: opened once, merged as looked at, refused with a reason."""

import json
from typing import Any

import pytest

from forges.errors import Reason, Refused, Unavailable, Unsupported
from forges.exchange import Answer, Call, Request
from forges.interface import Ability, Forge
from forges.model import ForgeKind, MergeMethod, PullNumber
from forges.pulls import PullRequest, PullState
from forges.registry import ROWS, Address, connect

HEAD, NEWER, MERGED = "a" * 40, "b" * 40, "c" * 40
TIMES = {"created_at": "2026-11-01T10:00:00Z", "updated_at": "2026-11-01T10:00:00Z"}
OWN = {"github": "7", "gitlab": "7", "bitbucket": "{r}", "bitbucketServer": "7"}


def github(state: str = "open", head: str = HEAD, **more: Any) -> dict[str, Any]:
    """A pull request of GitHub."""
    sides = {
        "head": {"ref": "work", "sha": head, "repo": {"id": 7}},
        "base": {"ref": "main", "repo": {"id": 7}},
    }
    merged = {"merged_at": "2026-11-01T10:00:00Z", "merge_commit_sha": MERGED} if state == "merged" else {}
    state = "closed" if state == "merged" else state
    return {
        "number": 4,
        "node_id": "PR_4",
        "title": "Work",
        "state": state,
        **TIMES,
        **sides,
        **merged,
        **more,
    }


def gitlab(state: str = "opened", head: str = HEAD, **more: Any) -> dict[str, Any]:
    """A merge request of GitLab."""
    sides = {"source_branch": "work", "target_branch": "main", "source_project_id": 7, "target_project_id": 7}
    merged = {"squash_commit_sha": MERGED} if state == "merged" else {}
    return {
        "id": 40,
        "iid": 4,
        "title": "Work",
        "state": state,
        "sha": head,
        **TIMES,
        **sides,
        **merged,
        **more,
    }


def bitbucket(state: str = "OPEN", head: str = HEAD, **more: Any) -> dict[str, Any]:
    """A pull request of Bitbucket Cloud."""
    source = {"branch": {"name": "work"}, "commit": {"hash": head[:12]}, "repository": {"uuid": "{r}"}}
    target = {"branch": {"name": "main"}, "repository": {"uuid": "{r}"}}
    merged = {"merge_commit": {"hash": MERGED}} if state == "MERGED" else {}
    times = {"created_on": TIMES["created_at"], "updated_on": TIMES["updated_at"]}
    return {
        "id": 4,
        "title": "Work",
        "state": state,
        "source": source,
        "destination": target,
        **times,
        **merged,
        **more,
    }


def server(state: str = "OPEN", head: str = HEAD, **more: Any) -> dict[str, Any]:
    """A pull request of Bitbucket Data Center."""
    sides = {
        "fromRef": {"id": "refs/heads/work", "latestCommit": head, "repository": {"id": 7}},
        "toRef": {"id": "refs/heads/main", "repository": {"id": 7}},
    }
    merged = {"properties": {"mergeCommit": {"id": MERGED}}} if state == "MERGED" else {}
    times = {"createdDate": 1793000000000, "updatedDate": 1793000000000}
    return {"id": 4, "version": 3, "title": "Work", "state": state, **sides, **times, **merged, **more}


PULLS = {
    ForgeKind.GITHUB: github,
    ForgeKind.GITLAB: gitlab,
    ForgeKind.BITBUCKET: bitbucket,
    ForgeKind.BITBUCKET_SERVER: server,
}
DONE = {
    ForgeKind.GITHUB: "merged",
    ForgeKind.GITLAB: "merged",
    ForgeKind.BITBUCKET: "MERGED",
    ForgeKind.BITBUCKET_SERVER: "MERGED",
}
SHUT = {
    ForgeKind.GITHUB: "closed",
    ForgeKind.GITLAB: "closed",
    ForgeKind.BITBUCKET: "DECLINED",
    ForgeKind.BITBUCKET_SERVER: "DECLINED",
}


def forge(kind: ForgeKind) -> Forge:
    """A repository on a forge of this kind."""
    return connect(
        Address(kind=kind, repository="acme/app", api="https://forge.test" if not ROWS[kind].site else "")
    )


def play(call: Call[Any], *answers: tuple[int, object]) -> tuple[Any, list[Request]]:
    """Run a call on these answers; what it returned, and what it asked."""
    asked = [next(call)]
    for status, content in answers:
        try:
            asked.append(call.send(Answer(status, {}, json.dumps(content).encode())))
        except StopIteration as done:
            return done.value, asked
    raise AssertionError(f"it wants more: {asked[-1]}")


def pull(kind: ForgeKind) -> PullRequest:
    """The pull request as it was looked at."""
    return play(forge(kind).pulls.get(PullNumber(4)), (200, PULLS[kind]()))[0]


def page(kind: ForgeKind, *entries: object) -> object:
    """A list as the forge gives it."""
    return list(entries) if kind in {ForgeKind.GITHUB, ForgeKind.GITLAB} else {"values": list(entries)}


every = pytest.mark.parametrize("kind", list(PULLS))


@every
def test_it_is_read_in_one_form(kind: ForgeKind) -> None:
    """Head, base, state and repository, and what it was merged as."""
    found = pull(kind)
    assert (found.number, found.head, found.base, found.state) == (4, "work", "main", PullState.OPEN)
    assert (found.from_fork, found.base_repository, found.is_at(HEAD), found.is_at(NEWER)) == (
        False,
        OWN[kind],
        True,
        False,
    )
    merged = play(forge(kind).pulls.get(PullNumber(4)), (200, PULLS[kind](DONE[kind])))[0]
    assert (merged.state, merged.merge_commit) == (PullState.MERGED, MERGED)
    closed = play(forge(kind).pulls.get(PullNumber(4)), (200, PULLS[kind](SHUT[kind])))[0]
    assert (closed.state, closed.merge_commit) == (PullState.CLOSED, None)


EXISTS = {
    ForgeKind.GITHUB: [
        (
            422,
            {
                "message": "Validation Failed",
                "errors": [{"message": "A pull request already exists for acme:work."}],
            },
        )
    ],
    ForgeKind.GITLAB: [
        (409, {"message": ["Another open merge request already exists for this source branch: !4"]})
    ],
    ForgeKind.BITBUCKET: [],
    ForgeKind.BITBUCKET_SERVER: [(409, {"errors": [{"message": "Only one pull request may be open"}]})],
}


@every
def test_the_open_one_is_adopted(kind: ForgeKind) -> None:
    """Who was killed after the first call finds what it made."""
    call = forge(kind).pulls.open(head="work", base="main", title="Work", body="Text")
    found, asked = play(call, *EXISTS[kind], (200, page(kind, PULLS[kind]())))
    assert found.number == 4
    assert sum(each.method == "POST" for each in asked) <= 1


MERGES = {
    ForgeKind.GITHUB: (
        "PUT",
        "/pulls/4/merge",
        {"sha": HEAD, "merge_method": "squash", "commit_title": "T", "commit_message": "B"},
    ),
    ForgeKind.GITLAB: (
        "PUT",
        "/merge_requests/4/merge",
        {
            "sha": HEAD,
            "squash": True,
            "squash_commit_message": "T\n\nB",
            "should_remove_source_branch": False,
        },
    ),
    ForgeKind.BITBUCKET: (
        "POST",
        "/pullrequests/4/merge",
        {"message": "T\n\nB", "merge_strategy": "squash", "close_source_branch": False},
    ),
    ForgeKind.BITBUCKET_SERVER: (
        "POST",
        "/pull-requests/4/merge",
        {"version": 3, "strategyId": "squash", "autoSubject": False, "message": "T\n\nB"},
    ),
}
LOOKS_FIRST = {ForgeKind.BITBUCKET, ForgeKind.BITBUCKET_SERVER}


def merge(kind: ForgeKind) -> Call[PullRequest]:
    """Merge what was looked at."""
    return forge(kind).pulls.merge(pull(kind), method=MergeMethod.SQUASH, title="T", body="B")


@every
def test_a_merge_names_the_head_and_our_words(kind: ForgeKind) -> None:
    """And asks for no rule to be bypassed."""
    first = [(200, PULLS[kind]())] if kind in LOOKS_FIRST else []
    last = [(200, PULLS[kind](DONE[kind]))] * 2
    done, asked = play(merge(kind), *first, *last)
    assert (done.state, done.merge_commit) == (PullState.MERGED, MERGED)
    sent = next(each for each in asked if each.method != "GET")
    method, path, body = MERGES[kind]
    assert (sent.method, sent.body) == (method, body)
    assert sent.url.endswith(path)


REFUSALS = [
    (
        ForgeKind.GITHUB,
        409,
        "Head branch was modified. Review and try the merge again.",
        None,
        Reason.HEAD_MOVED,
    ),
    (ForgeKind.GITHUB, 405, 'Required status check "build" is expected.', None, Reason.CHECKS_PENDING),
    (ForgeKind.GITHUB, 405, 'Required status check "build" is failing.', None, Reason.CHECKS_FAILED),
    (
        ForgeKind.GITHUB,
        405,
        "At least 1 approving review is required by reviewers with write access.",
        None,
        Reason.REVIEW_REQUIRED,
    ),
    (
        ForgeKind.GITHUB,
        405,
        "Squash merges are not allowed on this repository.",
        None,
        Reason.METHOD_FORBIDDEN,
    ),
    (
        ForgeKind.GITHUB,
        405,
        "Pull Request is not mergeable",
        github(mergeable_state="dirty"),
        Reason.CONFLICT,
    ),
    (ForgeKind.GITHUB, 405, "Pull Request is not mergeable", github(mergeable_state="behind"), Reason.BEHIND),
    (ForgeKind.GITHUB, 405, "Pull Request is not mergeable", github("merged"), Reason.MERGED),
    (
        ForgeKind.GITHUB,
        405,
        "Repository rule violations found",
        github(mergeable_state="blocked"),
        Reason.BLOCKED,
    ),
    (
        ForgeKind.GITLAB,
        409,
        "SHA does not match HEAD of source branch",
        gitlab(head=NEWER),
        Reason.HEAD_MOVED,
    ),
    (
        ForgeKind.GITLAB,
        405,
        "405 Method Not Allowed",
        gitlab(detailed_merge_status="ci_still_running"),
        Reason.CHECKS_PENDING,
    ),
    (
        ForgeKind.GITLAB,
        405,
        "405 Method Not Allowed",
        gitlab(detailed_merge_status="not_approved"),
        Reason.REVIEW_REQUIRED,
    ),
    (
        ForgeKind.GITLAB,
        405,
        "405 Method Not Allowed",
        gitlab(detailed_merge_status="need_rebase"),
        Reason.BEHIND,
    ),
    (
        ForgeKind.GITLAB,
        405,
        "405 Method Not Allowed",
        gitlab(detailed_merge_status="discussions_not_resolved"),
        Reason.BLOCKED,
    ),
    (
        ForgeKind.GITLAB,
        422,
        "Branch cannot be merged",
        gitlab(detailed_merge_status="conflict"),
        Reason.CONFLICT,
    ),
    (ForgeKind.GITLAB, 405, "405 Method Not Allowed", gitlab("merged"), Reason.MERGED),
    (ForgeKind.BITBUCKET, 409, "There are conflicts that need resolving.", None, Reason.CONFLICT),
    (ForgeKind.BITBUCKET, 400, "1 approval is needed.", None, Reason.REVIEW_REQUIRED),
    (
        ForgeKind.BITBUCKET_SERVER,
        409,
        "All builds must pass before this can be merged.",
        None,
        Reason.CHECKS_PENDING,
    ),
    (ForgeKind.BITBUCKET_SERVER, 409, "Merge is vetoed: jira issue missing", None, Reason.BLOCKED),
]


@pytest.mark.parametrize(
    ("kind", "status", "words", "now", "reason"),
    REFUSALS,
    ids=[f"{row[0]}-{row[4]}-{row[2][:20]}" for row in REFUSALS],
)
def test_a_refusal_has_a_reason_and_the_forges_words(
    kind: ForgeKind, status: int, words: str, now: dict[str, Any] | None, reason: Reason
) -> None:
    """From what the forge says, else from the state of the pull request."""
    said = {"errors": [{"message": words}]} if kind is ForgeKind.BITBUCKET_SERVER else {"message": words}
    said = {"error": {"message": words}} if kind is ForgeKind.BITBUCKET else said
    first = [(200, PULLS[kind]())] if kind in LOOKS_FIRST else []
    with pytest.raises(Refused) as caught:
        play(merge(kind), *first, (status, said), *([(200, now)] if now else []))
    assert caught.value.reason is reason
    assert words in caught.value.words


@pytest.mark.parametrize("kind", sorted(LOOKS_FIRST))
def test_a_head_that_moved_is_not_merged_where_the_forge_takes_none(kind: ForgeKind) -> None:
    """Looked at right before: nothing is sent."""
    with pytest.raises(Refused) as caught:
        play(merge(kind), (200, PULLS[kind](head=NEWER)))
    assert caught.value.reason is Reason.HEAD_MOVED


def test_a_merge_that_goes_on_by_itself_is_looked_at_again() -> None:
    """Bitbucket Cloud answers 202 for a large one."""
    with pytest.raises(Unavailable, match="look again"):
        play(merge(ForgeKind.BITBUCKET), (200, bitbucket()), (202, {}), (200, bitbucket()))


@every
def test_the_forges_queue_is_entered_where_that_is_safe(kind: ForgeKind) -> None:
    """With the expected head, or not at all."""
    call = forge(kind).pulls.enqueue(pull(kind))
    if kind in LOOKS_FIRST:
        assert not forge(kind).can(Ability.MERGE_QUEUE)
        with pytest.raises(Unsupported):
            next(call)
        return
    _, asked = play(call, (201, {"data": {}}))
    assert HEAD in json.dumps(asked[0].body)


def test_a_reviewer_counts_on_github_if_they_may_push() -> None:
    """GraphQL says so, REST does not."""
    node = {
        "fullDatabaseId": "1",
        "state": "APPROVED",
        "submittedAt": TIMES["created_at"],
        "commit": {"oid": HEAD},
    }
    node |= {"author": {"__typename": "User", "login": "ann", "databaseId": 7}}
    nodes = [
        node | {"authorCanPushToRepository": True},
        node | {"authorCanPushToRepository": False, "state": "DISMISSED"},
    ]
    data = {"repository": {"pullRequest": {"reviews": {"pageInfo": {"hasNextPage": False}, "nodes": nodes}}}}
    found, asked = play(forge(ForgeKind.GITHUB).pulls.reviews(PullNumber(4)), (200, {"data": data}))
    assert [(each.author.id, each.official) for each in found] == [("7", True)]
    assert asked[0].url == "https://api.github.com/graphql"
