"""Whatever a forge or a proxy answers: a value of ours or one error, never a traceback."""

import contextlib
import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forges.bitbucket import shapes as bitbucket
from forges.bitbucketserver import shapes as server
from forges.errors import ForgeError, Unreadable
from forges.exchange import Answer, Call
from forges.fields import Fields
from forges.gitea import shapes as gitea
from forges.github import shapes as github
from forges.githublike import shapes as githublike
from forges.gitlab import shapes as gitlab
from forges.interface import Forge
from forges.model import Account, AccountId, ForgeKind, IssueNumber, PullNumber, Sha
from forges.registry import ROWS, Address, connect

T = "2026-11-01T10:00:00Z"
USER = {"id": 7, "login": "ann", "username": "ann", "type": "User"}
REPO = {"id": 7, "full_name": "acme/app", "html_url": "https://f.test/acme/app", "default_branch": "main"}
REPO |= {
    "permissions": {"admin": False, "push": True, "pull": True},
    "path_with_namespace": "acme/app",
    "web_url": "https://f",
}
ISSUE = {
    "id": 70,
    "number": 4,
    "iid": 4,
    "title": "T",
    "body": "B",
    "user": USER,
    "author": USER,
    "labels": [{"name": "x"}],
}
ISSUE |= {"state": "open", "created_at": T, "updated_at": T, "pull_request": None, "content_version": 2}
SIDE = {"ref": "work", "sha": "a" * 40, "repo_id": 7, "repo": REPO}
PULL = {
    **ISSUE,
    "head": SIDE,
    "base": SIDE,
    "merged": True,
    "merged_at": T,
    "merge_commit_sha": "c" * 40,
    "mergeable": None,
}
REVIEW = {
    "id": 1,
    "state": "APPROVED",
    "user": USER,
    "body": "b",
    "commit_id": "a" * 40,
    "submitted_at": T,
    "official": True,
}
GRAPH = {
    "fullDatabaseId": "1",
    "state": "APPROVED",
    "submittedAt": T,
    "author": {"login": "ann"},
    "commit": {"oid": "a"},
}
COMMENT = {"id": 9, "body": "hi", "user": USER, "author": USER, "created_at": T, "updated_at": T}
COMMENT |= {
    "issue_url": "https://f.test/issues/4",
    "html_url": "https://f.test/pull/4#c",
    "noteable_iid": 4,
    "noteable_type": "Issue",
}
LABEL = {
    "id": 3,
    "body": "1",
    "event": "labeled",
    "action": "add",
    "label": {"name": "x"},
    "user": USER,
    "actor": USER,
    "created_at": T,
}
HOOK = {
    "id": 5,
    "url": "https://h",
    "config": {"url": "https://h"},
    "active": True,
    "events": ["push"],
    "uuid": "{h}",
}
STATUS = {
    "context": "c",
    "name": "c",
    "key": "c",
    "status": "success",
    "state": "success",
    "conclusion": None,
    "output": {"title": "t"},
}
MR = {
    **ISSUE,
    "state": "merged",
    "labels": ["x"],
    "source_branch": "w",
    "target_branch": "main",
    "source_project_id": 7,
}
MR |= {
    "target_project_id": 7,
    "sha": "a" * 40,
    "detailed_merge_status": "mergeable",
    "squash_commit_sha": "c" * 40,
}
CLOUD_USER = {"uuid": "{u}", "nickname": "ann", "type": "user"}
CLOUD_SIDE = {"branch": {"name": "w"}, "commit": {"hash": "a" * 12}, "repository": {"uuid": "{r}"}}
CLOUD = {
    "id": 4,
    "title": "T",
    "state": "OPEN",
    "author": CLOUD_USER,
    "reporter": CLOUD_USER,
    "user": CLOUD_USER,
}
CLOUD |= {
    "source": CLOUD_SIDE,
    "destination": CLOUD_SIDE,
    "created_on": T,
    "updated_on": T,
    "content": {"raw": "x"},
}
CLOUD |= {
    "issue": {"id": 4},
    "merge_commit": {"hash": "c"},
    "summary": {"raw": "s"},
    "links": {"html": {"href": "https://b"}},
}
SERVER_USER = {"user": {"id": 7, "name": "ann", "type": "NORMAL"}}
SERVER_SIDE = {"id": "refs/heads/w", "latestCommit": "a" * 40, "repository": {"id": 7}}
SERVER = {
    "id": 4,
    "version": 1,
    "title": "T",
    "state": "MERGED",
    "author": SERVER_USER,
    "fromRef": SERVER_SIDE,
}
SERVER |= {
    "toRef": SERVER_SIDE,
    "createdDate": 1793000000000,
    "updatedDate": 1,
    "properties": {"mergeCommit": {"id": "c"}},
}
SERVER |= {"links": {"self": [{"href": "https://s"}]}}

Reader = Callable[[Fields], object]
SHAPES: dict[str, tuple[Reader, Any]] = {
    "gitea issue": (gitea.issue, ISSUE),
    "gitea comment": (gitea.comment, COMMENT),
    "gitea label": (lambda fields: gitea.label_event(fields, IssueNumber(4)), LABEL),
    "gitea pull": (gitea.pull, PULL),
    "gitea review": (gitea.review, REVIEW),
    "gitea repository": (gitea.repository, REPO),
    "GitHub-like hook": (githublike.hook, HOOK),
    "gitea check": (gitea.check, STATUS),
    "github issue": (github.issue, ISSUE),
    "github comment": (github.comment, COMMENT),
    "github label": (lambda fields: github.label_event(fields, IssueNumber(4)), LABEL),
    "github pull": (github.pull, PULL),
    "github review": (github.review, GRAPH),
    "github run": (github.check_run, STATUS),
    "gitlab issue": (gitlab.issue, {**ISSUE, "labels": ["x"], "description": "B"}),
    "gitlab comment": (gitlab.comment, COMMENT),
    "gitlab label": (lambda fields: gitlab.label_event(fields, IssueNumber(4)), LABEL),
    "gitlab pull": (gitlab.pull, MR),
    "gitlab project": (gitlab.repository, REPO),
    "bitbucket pull": (bitbucket.pull, CLOUD),
    "bitbucket issue": (bitbucket.issue, CLOUD),
    "bitbucket comment": (bitbucket.comment, CLOUD),
    "bitbucket server pull": (server.pull, SERVER),
}
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("9" * 30),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


def places(content: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON document."""
    inner = (
        content.items()
        if isinstance(content, dict)
        else enumerate(content)
        if isinstance(content, list)
        else ()
    )
    return [path, *(place for key, value in inner for place in places(value, (*path, key)))]


def changed(content: Any, place: tuple[Any, ...], odd: object, *, gone: bool) -> Any:
    """The document with something else at one place, or nothing."""
    if not place:
        return odd
    content = copy.deepcopy(content)
    inner = content
    for key in place[:-1]:
        inner = inner[key]
    if gone:
        del inner[place[-1]]
    else:
        inner[place[-1]] = odd
    return content


@pytest.mark.parametrize("name", SHAPES)
def test_a_right_answer_is_read(name: str) -> None:
    """The samples are no nonsense to begin with."""
    reader, sample = SHAPES[name]
    assert reader(Fields(sample, where=name)) is not None


@pytest.mark.parametrize("name", SHAPES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_wrong_answer_is_one_error(name: str, data: st.DataObject) -> None:
    """Any field of any type, or none: read, or Unreadable."""
    reader, sample = SHAPES[name]
    place = data.draw(st.sampled_from(places(sample)))
    content = changed(sample, place, data.draw(ODD), gone=data.draw(st.booleans()))
    with contextlib.suppress(Unreadable):
        reader(Fields(content, where=name))


ANN = Account(id=AccountId("7"), name="ann")
CALLS: dict[str, Callable[[Forge], Call[Any]]] = {
    "me": lambda forge: forge.accounts.me(),
    "permission": lambda forge: forge.accounts.permission(ANN),
    "issues": lambda forge: forge.issues.all_open(),
    "comments": lambda forge: forge.issues.comments_on(IssueNumber(4)),
    "hooks": lambda forge: forge.hooks.all(),
    "repository": lambda forge: forge.commits.repository(),
    "branch": lambda forge: forge.commits.branch("main"),
    "checks": lambda forge: forge.commits.checks(Sha("a" * 40)),
    "pull": lambda forge: forge.pulls.get(PullNumber(4)),
    "pulls": lambda forge: forge.pulls.all_open(),
    "reviews": lambda forge: forge.pulls.reviews(PullNumber(4)),
}


@pytest.mark.parametrize("kind", list(ForgeKind))
@settings(max_examples=50, deadline=None)
@given(
    call=st.sampled_from(sorted(CALLS)),
    answers=st.lists(st.tuples(st.sampled_from([200, 201, 204, 302, 404, 422, 500]), ODD), max_size=6),
)
def test_any_conversation_ends(kind: ForgeKind, call: str, answers: list[tuple[int, object]]) -> None:
    """With a value, with an error of ours, or waiting for the next answer."""
    forge = connect(
        Address(kind=kind, repository="acme/app", api="" if ROWS[kind].site else "https://forge.test")
    )
    running = CALLS[call](forge)
    with contextlib.suppress(StopIteration, ForgeError):
        next(running)
        for status, content in answers:
            running.send(Answer(status, {"location": "/elsewhere"}, json.dumps(content).encode()))
