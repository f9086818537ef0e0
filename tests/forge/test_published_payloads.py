"""What forges that can't run here really send, as they and their clients publish it: read as it is meant, and never unreadable."""

import json
from collections import Counter
from typing import NamedTuple

import pytest
from harness import published
from harness.skipping import or_skip

from events import deliveries
from events.model import About, Hint, Ignored


class Sample(NamedTuple):
    """A file, the event that its forge names, and what it tells: about, number, repository, sender; None where nothing slings."""

    kind: str
    file: str
    event: str
    told: tuple[About, int, str, str] | None


CLOUD = "{673a6070-3421-46c9-9d48-90745f7bfe8e}"
PERSON = "{a54f16da-24e9-4d7f-a3a7-b1ba2cd98aa3}"
OTHERS = (
    Sample("bitbucket", "issue-created", "issue:created", (About.ISSUE, 1, CLOUD, PERSON)),
    Sample("bitbucket", "issue-comment-created", "issue:comment_created", (About.COMMENT, 1, CLOUD, PERSON)),
    Sample(
        "bitbucket",
        "pull-request-comment-created",
        "pullrequest:comment_created",
        (About.PULL_COMMENT, 1, CLOUD, PERSON),
    ),
    Sample("bitbucket", "repo-push", "repo:push", (About.PUSH, 0, CLOUD, PERSON)),
    Sample("bitbucket", "repo-commit-status-created", "repo:commit_status_created", None),
    Sample("bitbucket", "repo-commit-status-updated", "repo:commit_status_updated", None),
    Sample("bitbucketServer", "pr-comment-added", "pr:comment:added", (About.PULL_COMMENT, 2, "4", "3231")),
    Sample(
        "bitbucketServer", "pr-reviewer-needs-work", "pr:reviewer:needs_work", (About.REVIEW, 5, "4", "2125")
    ),
    Sample("bitbucketServer", "repo-refs-changed", "repo:refs_changed", None),
    Sample("forgejo", "issues-event", "issues", (About.ISSUE, 1, "1", "1")),
    Sample("forgejo", "issue-label-event", "issue_label", (About.LABELS, 1, "1", "1")),
    Sample("forgejo", "issue-comment-event", "issue_comment", (About.COMMENT, 1, "1", "1")),
    Sample(
        "forgejo", "pull-request-comment-event", "pull_request_comment", (About.PULL_COMMENT, 2, "1", "1")
    ),
    Sample(
        "forgejo", "pull-request-review-event", "pull_request_review_rejected", (About.REVIEW, 2, "1", "1")
    ),
    Sample("forgejo", "push-event", "push", (About.PUSH, 0, "1", "1")),
)
FOLDERS = {"bitbucket": "bitbucket", "bitbucketServer": "bitbucket-server", "forgejo": "gitea"}
GITLAB = (
    Sample("gitlab", "issue", "Issue Hook", (About.ISSUE, 23, "1", "1")),
    Sample("gitlab", "note_issue", "Note Hook", (About.COMMENT, 17, "5", "42")),
    Sample("gitlab", "note_merge_request", "Note Hook", (About.PULL_COMMENT, 1, "5", "1")),
    Sample("gitlab", "note_commit", "Note Hook", None),
    Sample("gitlab", "note_snippet", "Note Hook", None),
    Sample("gitlab", "pipeline", "Pipeline Hook", None),
    Sample("gitlab", "push", "Push Hook", (About.PUSH, 0, "15", "4")),
)


def read(kind: str, event: str, body: bytes) -> tuple[Hint, ...]:
    """What a delivery tells; nothing where it is ignored."""
    (header, *_) = deliveries.DIALECTS[kind].event
    found = deliveries.read(kind, {header: event}, body)
    return () if isinstance(found, Ignored) else found


@pytest.mark.parametrize("sample", [*OTHERS, *GITLAB], ids=lambda sample: f"{sample.kind} {sample.file}")
def test_a_published_payload_is_read_as_it_is_meant(sample: Sample) -> None:
    """Deliveries of GitLab's own client, and of a library that reads those of every forge."""
    with or_skip("payloads of forges"):
        folder = (
            published.module(published.GITLAB) / "webhooks"
            if sample in GITLAB
            else published.module(published.OTHERS) / FOLDERS[sample.kind]
        )
    found = read(sample.kind, sample.event, (folder / f"{sample.file}.json").read_bytes())
    told = [(each.about, each.number, each.repository, each.sender.id) for each in found[:1]]
    assert told == ([sample.told] if sample.told else [])


def test_every_example_of_githubs_is_read() -> None:
    """Three hundred, of each kind of event that GitHub has; what slings is what was opened, labelled, said, pushed or failed."""
    with or_skip("examples of GitHub's"):
        examples = list(published.github())
    assert len(examples) > 300
    found: Counter[About] = Counter()
    for event, example in examples:
        hints = read("github", event, json.dumps(example).encode())
        found.update(each.about for each in hints)
        for each in hints:
            if each.about is not About.PING:
                assert each.repository == str(example["repository"]["id"])
                assert each.sender.id == str(example["sender"]["id"])
            if each.number:
                assert each.number == example.get("issue", example.get("pull_request"))["number"]
    assert found == Counter(EXPECTED)


EXPECTED = {About.PING: 4, About.ISSUE: 4, About.LABELS: 2, About.COMMENT: 5, About.PUSH: 2, About.CHECK: 1}
