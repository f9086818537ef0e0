"""The least that a delivery of each event holds, on each forge: on issue 4 or pull request 4, comment 9, by account 3."""

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
