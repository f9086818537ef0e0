"""Each forge's delivery of each event becomes the same hint, or the Rig is refused with the sentence why."""

import json

import pytest

from crds import RigForge
from crds.forges import unserved
from events import deliveries
from events.errors import Unreadable
from events.model import About, Ignored

SHA = "a" * 40
GH_SENDER = {"id": 3, "login": "writer", "type": "User"}
GH_ISSUE = {"number": 4, "title": "T", "body": "B"}
GITHUB = {
    "IssueOpened": ("issues", {"action": "opened", "issue": GH_ISSUE}),
    "IssueLabelled": ("issues", {"action": "labeled", "issue": GH_ISSUE}),
    "Comment": (
        "issue_comment",
        {"action": "created", "issue": GH_ISSUE, "comment": {"id": 9, "body": "/sling"}},
    ),
    "PullRequestComment": (
        "issue_comment",
        {
            "action": "created",
            "issue": GH_ISSUE | {"pull_request": {}},
            "comment": {"id": 9, "body": "/sling"},
        },
    ),
    "ChangesRequested": (
        "pull_request_review",
        {"action": "submitted", "review": {"state": "changes_requested"}, "pull_request": {"number": 4}},
    ),
    "CheckFailed": (
        "check_run",
        {"action": "completed", "check_run": {"conclusion": "failure", "head_sha": SHA}},
    ),
    "Push": ("push", {"ref": "refs/heads/main", "before": "0" * 40, "after": SHA, "commits": []}),
}
GITEA = {
    **{event: GITHUB[event] for event in ("IssueOpened", "Comment", "Push")},
    "IssueLabelled": ("issue_label", {"action": "label_updated", "issue": GH_ISSUE}),
    "PullRequestComment": (
        "pull_request_comment",
        {"action": "created", "issue": GH_ISSUE, "is_pull": True, "comment": {"id": 9, "body": "/sling"}},
    ),
    "ChangesRequested": ("pull_request_review_rejected", {"pull_request": {"number": 4}}),
    "CheckFailed": ("status", {"state": "failure", "sha": SHA, "context": "ci"}),
}
GL_ISSUE = {"iid": 4, "title": "T", "description": "B"}
GITLAB = {
    "IssueOpened": ("Issue Hook", {"object_attributes": GL_ISSUE | {"action": "open"}}),
    "IssueLabelled": (
        "Issue Hook",
        {"object_attributes": GL_ISSUE | {"action": "update"}, "changes": {"labels": {}}},
    ),
    "Comment": (
        "Note Hook",
        {"object_attributes": {"id": 9, "note": "/sling", "noteable_type": "Issue"}, "issue": GL_ISSUE},
    ),
    "PullRequestComment": (
        "Note Hook",
        {
            "object_attributes": {"id": 9, "note": "/sling", "noteable_type": "MergeRequest"},
            "merge_request": GL_ISSUE,
        },
    ),
    "CheckFailed": ("Pipeline Hook", {"object_attributes": {"status": "failed", "sha": SHA}}),
    "Push": ("Push Hook", {"ref": "refs/heads/main", "after": SHA, "user_id": 3, "commits": []}),
}
BB_ISSUE = {"id": 4, "title": "T", "content": {"raw": "B"}}
BB_COMMENT = {"id": 9, "content": {"raw": "/sling"}}
BITBUCKET = {
    "IssueOpened": ("issue:created", {"issue": BB_ISSUE}),
    "Comment": ("issue:comment_created", {"issue": BB_ISSUE, "comment": BB_COMMENT}),
    "PullRequestComment": ("pullrequest:comment_created", {"pullrequest": {"id": 4}, "comment": BB_COMMENT}),
    "ChangesRequested": ("pullrequest:changes_request_created", {"pullrequest": {"id": 4}}),
    "CheckFailed": (
        "repo:commit_status_created",
        {"commit_status": {"state": "FAILED", "links": {"commit": {"href": f"https://b/{SHA}"}}}},
    ),
    "Push": (
        "repo:push",
        {"push": {"changes": [{"new": {"type": "branch", "name": "main", "target": {"hash": SHA}}}]}},
    ),
}
DC_PULL = {"pullRequest": {"id": 4, "toRef": {"repository": {"id": 7}}}}
SERVER = {
    "PullRequestComment": ("pr:comment:added", DC_PULL | {"comment": {"id": 9, "text": "/sling"}}),
    "ChangesRequested": ("pr:reviewer:changes_requested", DC_PULL),
    "Push": (
        "repo:refs_changed",
        {"changes": [{"refId": "refs/heads/main", "toHash": SHA, "type": "UPDATE"}]},
    ),
}
FORGES = {
    "github": ("x-github-event", GITHUB, {"repository": {"id": 7}, "sender": GH_SENDER}),
    "gitea": ("x-gitea-event-type", GITEA, {"repository": {"id": 7}, "sender": GH_SENDER}),
    "forgejo": ("x-forgejo-event-type", GITEA, {"repository": {"id": 7}, "sender": GH_SENDER}),
    "gitlab": ("x-gitlab-event", GITLAB, {"project": {"id": 7}, "user": {"id": 3, "username": "writer"}}),
    "bitbucket": (
        "x-event-key",
        BITBUCKET,
        {"repository": {"uuid": "7"}, "actor": {"uuid": "3", "nickname": "writer", "type": "user"}},
    ),
    "bitbucketServer": (
        "x-event-key",
        SERVER,
        {"repository": {"id": 7}, "actor": {"id": 3, "name": "writer"}},
    ),
}
ABOUT = {
    "IssueOpened": About.ISSUE,
    "IssueLabelled": About.LABELS,
    "Comment": About.COMMENT,
    "PullRequestComment": About.PULL_COMMENT,
    "ChangesRequested": About.REVIEW,
    "CheckFailed": About.CHECK,
    "Push": About.PUSH,
}


def read(kind, name, content):
    """What a delivery tells."""
    header, _, common = FORGES[kind]
    return deliveries.read(kind, {header: name}, json.dumps(common | content).encode())


@pytest.mark.parametrize("event", ABOUT)
@pytest.mark.parametrize("kind", FORGES)
def test_every_event_of_every_forge_is_read_or_refused(kind, event):
    """Forty-two cells, none of them empty."""
    forge = RigForge(kind=kind, api_url="https://f", repository="acme/app")
    sample = FORGES[kind][1].get(event)
    if sample is None:
        assert "can't" in unserved(forge, event)
        return
    assert unserved(forge, event) == ""
    (hint,) = read(kind, *sample)
    assert (hint.about, str(hint.repository)) == (ABOUT[event], "7")
    assert (str(hint.sender.id) or "3") == "3"
    if event in {"Push", "CheckFailed"}:
        assert hint.sha == SHA
    else:
        assert hint.number == 4
    if event in {"Comment", "PullRequestComment"}:
        assert (hint.comment, hint.words) == ("9", "/sling")
    if event in {"IssueOpened", "IssueLabelled", "Comment"}:
        assert (hint.text.title, hint.text.body) == ("T", "B")


@pytest.mark.parametrize("event", ABOUT)
@pytest.mark.parametrize("kind", FORGES)
def test_a_delivery_without_its_fields_is_unreadable(kind, event):
    """Never an error of another kind."""
    sample = FORGES[kind][1].get(event)
    if sample is None:
        return
    name, content = sample
    for missing in content:
        try:
            read(kind, name, {key: value for key, value in content.items() if key != missing})
        except Unreadable:
            continue
    with pytest.raises(Unreadable):
        deliveries.read(kind, {FORGES[kind][0]: name}, b"[]")


@pytest.mark.parametrize("kind", FORGES)
def test_other_events_are_ignored(kind):
    """With a sentence."""
    assert isinstance(read(kind, "star", {}), Ignored)


def test_a_push_of_the_refinery_is_known_by_its_trailers():
    """All commits must carry one."""
    name, content = GITHUB["Push"]
    ours = {"message": "Do it\n\nGastown-Bead: ap-1\n"}
    assert read("github", name, content | {"commits": [ours]})[0].ours
    assert not read("github", name, content | {"commits": [ours, {"message": "by hand"}]})[0].ours


@pytest.mark.parametrize(
    "change",
    [{"after": "0" * 40}, {"ref": "refs/tags/v1"}, {"before": SHA, "after": SHA}],
    ids=["deleted", "tag", "Gitea's test"],
)
def test_what_moves_no_branch_is_ignored(change):
    """Nothing was pushed that could be worked."""
    name, content = GITEA["Push"]
    assert isinstance(read("gitea", name, content | change), Ignored)
