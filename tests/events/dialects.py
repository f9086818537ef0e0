"""What each forge answers about one thing that somebody did, in its own JSON: issue 4 or pull request 4, comment 9.

The deliveries of the same things stand in `test_deliveries_are_read`.
"""

import dataclasses
import json
import re
from urllib.parse import parse_qs, unquote, urlsplit

from forges.exchange import Answer
from workflows.refs import work_branch

AT = "2026-05-04T12:00:00Z"
MILLISECONDS = 1777896000000
SHA = "a" * 40
BRANCH = work_branch("ap-1")
IDS = {"owner": 1, "ourselves": 2, "writer": 3, "reader": 4, "stranger": 5, "program": 6}
"""The roles: who may administer, whose token it is, who may write, who may read, nobody, and an app that may write."""
LEVELS = {"owner": "admin", "ourselves": "write", "writer": "write", "reader": "read", "program": "write"}
TIMES = {"created_at": AT, "updated_at": AT}


@dataclasses.dataclass(frozen=True)
class Did:
    """Who did it, and whether it was done on a pull request."""

    who: str
    pull: bool = False


def github(did):
    """GitHub."""

    def user(who):
        return {"id": IDS[who], "login": who, "type": "Bot" if who == "program" else "User"}

    mine, page = user(did.who), "https://git.test/acme/app"
    issue = {"id": 40, "number": 4, "title": "T", "body": "B", "user": mine, "state": "open", **TIMES}
    issue |= {"labels": [{"name": "gastown"}], "html_url": f"{page}/issues/4"}
    comment = {"id": 9, "body": "/sling", "user": mine, "issue_url": f"{page}/issues/4", **TIMES}
    comment |= {"html_url": f"{page}/{'pull' if did.pull else 'issues'}/4#c"}
    pull = {"node_id": "n", "number": 4, "title": "T", "user": user("ourselves"), "state": "open", **TIMES}
    pull |= {
        "head": {"ref": BRANCH, "sha": SHA, "repo": {"id": 7}},
        "base": {"ref": "main", "repo": {"id": 7}},
    }
    kind = "Bot" if did.who == "program" else "User"
    review = {"fullDatabaseId": "12", "state": "CHANGES_REQUESTED", "body": "Lock it", "submittedAt": AT}
    review |= {"author": {"__typename": kind, "login": did.who, "databaseId": IDS[did.who]}}
    reviews = {"reviews": {"pageInfo": {"hasNextPage": False}, "nodes": [review]}}
    label = {"id": 11, "event": "labeled", "label": {"name": "gastown"}, "actor": mine, "created_at": AT}
    right = {"permission": LEVELS.get(did.who, "none"), "user": mine}
    status = {"context": "ci", "state": "failure"}
    commit = {"sha": SHA, "commit": {"message": "By hand", "committer": {"date": AT}}}
    repo = "/api/v3/repos/acme/app"
    return {
        "/api/v3/user": user("ourselves"),
        repo: {"id": 7, "full_name": "acme/app", "html_url": page},
        f"{repo}/issues": [issue],
        f"{repo}/issues/4": issue,
        f"{repo}/issues/4/events": [label],
        f"{repo}/issues/(4/)?comments": [comment],
        f"{repo}/pulls": [pull],
        f"{repo}/pulls/4": pull,
        f"{repo}/commits/{SHA}/status": {"statuses": [status]},
        f"{repo}/commits/{SHA}/check-runs": {"check_runs": []},
        f"{repo}/commits/{SHA}": commit,
        f"{repo}/branches/main": {"name": "main", "commit": {"sha": SHA}},
        f"{repo}/collaborators/{did.who}/permission": right,
        "/api/graphql": {"data": {"repository": {"pullRequest": reviews}}},
    }


def gitea(did):
    """Gitea and Forgejo. Of programs they know their own Actions only, by an id below zero."""

    def user(who):
        return {"id": -2 if who == "program" else IDS[who], "login": who}

    mine, page = user(did.who), "https://git.test/acme/app"
    issue = {"id": 40, "number": 4, "title": "T", "body": "B", "user": mine, "state": "open", **TIMES}
    issue |= {"labels": [{"name": "gastown"}], "html_url": f"{page}/issues/4", "content_version": 0}
    place = {"pull_request_url": f"{page}/pulls/4"} if did.pull else {"issue_url": f"{page}/issues/4"}
    comment = {"id": 9, "body": "/sling", "user": mine, "html_url": page, **TIMES, **place}
    pull = {"id": 41, "number": 4, "title": "T", "user": user("ourselves"), "state": "open", **TIMES}
    pull |= {"head": {"ref": BRANCH, "sha": SHA, "repo_id": 7}, "base": {"ref": "main", "repo_id": 7}}
    review = {"id": 12, "state": "REQUEST_CHANGES", "body": "Lock it", "user": mine, "submitted_at": AT}
    label = {"id": 11, "type": "label", "body": "1", "label": {"name": "gastown"}, "user": mine}
    commit = {"sha": SHA, "commit": {"message": "By hand", "committer": {"date": AT}}}
    repo = "/api/v1/repos/acme/app"
    return {
        "/api/v1/user": user("ourselves"),
        repo: {"id": 7, "full_name": "acme/app", "html_url": page},
        f"{repo}/assignees": [user(each) for each in LEVELS if LEVELS[each] != "read"],
        f"{repo}/issues": [issue],
        f"{repo}/issues/4": issue,
        f"{repo}/issues/4/timeline": [label | {"created_at": AT}],
        f"{repo}/issues/(4/)?comments": [comment],
        f"{repo}/pulls": [pull],
        f"{repo}/pulls/4": pull,
        f"{repo}/pulls/4/reviews": [review],
        f"{repo}/commits/{SHA}/status(es)?": {"statuses": [{"context": "ci", "status": "failure"}]},
        f"{repo}/git/commits/{SHA}": commit,
        f"{repo}/branches/main": {"name": "main", "commit": {"id": SHA}},
    }


def gitlab(did):
    """GitLab. The name of a project's own bot says what it is; its level is a developer's."""

    def user(who):
        return {"id": IDS[who], "username": "project_7_bot_1f" if who == "program" else who}

    mine, page = user(did.who), "https://git.test/acme/app"
    issue = {"id": 40, "iid": 4, "title": "T", "description": "B", "author": mine, "state": "opened", **TIMES}
    issue |= {"labels": ["gastown"], "web_url": f"{page}/-/issues/4"}
    kind = "MergeRequest" if did.pull else "Issue"
    note = {"id": 9, "body": "/sling", "author": mine, "noteable_iid": 4, "noteable_type": kind, **TIMES}
    pull = {"id": 41, "iid": 4, "title": "T", "author": user("ourselves"), "state": "opened", **TIMES}
    pull |= {"source_branch": BRANCH, "target_branch": "main", "sha": SHA}
    pull |= {"source_project_id": 7, "target_project_id": 7}
    label = {"id": 11, "action": "add", "label": {"name": "gastown"}, "user": mine, "created_at": AT}
    level = {"admin": 40, "write": 30, "read": 20}.get(LEVELS.get(did.who, ""))
    member = mine | {"state": "active", "access_level": level} if level else None
    commit = {"id": SHA, "message": "By hand", "committed_date": AT}
    project = "/api/v4/projects/acme/app"
    return {
        "/api/v4/user": user("ourselves"),
        project: {"id": 7, "path_with_namespace": "acme/app", "web_url": page},
        f"{project}/members/all/{IDS[did.who]}": member,
        f"{project}/issues": [issue],
        f"{project}/issues/4": issue,
        f"{project}/issues/4/resource_label_events": [label],
        f"{project}/(issues|merge_requests)/4/notes": [note],
        f"{project}/events": [{"note": note}],
        f"{project}/merge_requests": [pull],
        f"{project}/merge_requests/4": pull,
        f"{project}/repository/commits/{SHA}/statuses": [{"name": "ci", "status": "failed"}],
        f"{project}/repository/commits/{SHA}": commit,
        f"{project}/repository/branches/main": {"name": "main", "commit": {"id": SHA}},
    }


def bitbucket(did):
    """Bitbucket Cloud. Ids are UUIDs, and pull requests name the first digits of a commit only."""

    def user(who):
        return {"uuid": str(IDS[who]), "nickname": who, "type": "app_user" if who == "program" else "user"}

    mine, times = user(did.who), {"created_on": AT, "updated_on": AT}
    issue = {"id": 4, "title": "T", "content": {"raw": "B"}, "reporter": mine, "state": "new", **times}
    comment = {"id": 9, "content": {"raw": "/sling"}, "user": mine, **times}
    comment |= {"pullrequest": {"id": 4}} if did.pull else {"issue": {"id": 4}}
    ours = {"repository": {"uuid": "7"}}
    pull = {"id": 4, "title": "T", "author": user("ourselves"), "state": "OPEN", **times}
    pull |= {"source": {"branch": {"name": BRANCH}, "commit": {"hash": SHA[:12]}, **ours}}
    pull |= {"destination": {"branch": {"name": "main"}, **ours}}
    said = {"state": "changes_requested", "user": mine, "role": "REVIEWER", "participated_on": AT}
    pull |= {"participants": [said]}
    right = [{"permission": LEVELS[did.who], "user": mine}] if did.who in LEVELS else []
    commit = {"hash": SHA, "message": "By hand", "author": {}, "date": AT}
    links = {"clone": [], "html": {"href": "https://git.test/acme/app"}}
    repo = "/2.0/repositories/acme/app"
    return {
        "/2.0/user": user("ourselves"),
        repo: {"uuid": "7", "full_name": "acme/app", "links": links},
        "/2.0/workspaces/acme/permissions/repositories/app": {"values": right},
        f"{repo}/issues": {"values": [] if did.pull else [issue]},
        f"{repo}/pullrequests/4/comments": {"values": [comment] if did.pull else []},
        f"{repo}/issues/4/comments": {"values": [comment]},
        f"{repo}/issues/4": issue,
        f"{repo}/pullrequests": {"values": [pull]},
        f"{repo}/pullrequests/4": pull,
        f"{repo}/commit/{SHA[:12]}a*/statuses": {"values": [{"key": "ci", "state": "FAILED"}]},
        f"{repo}/commit/{SHA}": commit,
        f"{repo}/refs/branches/main": {"name": "main", "target": {"hash": SHA}},
    }


def server(did):
    """Bitbucket Data Center. Who may what is a filter of the list of accounts."""

    def user(who):
        return {"id": IDS[who], "name": who, "type": "SERVICE" if who == "program" else "NORMAL"}

    def able(query):
        level = {"REPO_ADMIN": "admin", "REPO_WRITE": "write", "REPO_READ": "read"}[query["permission.1"][0]]
        return {"values": [mine] if LEVELS.get(did.who) == level else []}

    mine, times = user(did.who), {"createdDate": MILLISECONDS, "updatedDate": MILLISECONDS}
    comment = {"id": 9, "text": "/sling", "author": mine, **times}
    ours = {"repository": {"id": 7}}
    pull = {"id": 4, "title": "T", "author": {"user": user("ourselves")}, "state": "OPEN", "version": 1}
    pull |= {"fromRef": {"id": f"refs/heads/{BRANCH}", "latestCommit": SHA, **ours}, **times}
    pull |= {"toRef": {"id": "refs/heads/main", **ours}}
    pull |= {"reviewers": [{"status": "NEEDS_WORK", "user": mine, "lastReviewedCommit": SHA}]}
    commit = {"id": SHA, "message": "By hand", "author": {"name": "x"}, "committerTimestamp": MILLISECONDS}
    repo = "/rest/api/1.0/projects/acme/repos/app"
    return {
        "/rest/api/1.0/application-properties": {},
        "/rest/api/1.0/users": able,
        "/rest/api/1.0/users/ourselves": user("ourselves"),
        repo: {"id": 7, "slug": "app", "project": {"key": "acme"}, "links": {}},
        f"{repo}/branches/default": {"displayId": "main"},
        f"{repo}/branches": {"values": [{"id": "refs/heads/main", "latestCommit": SHA}]},
        f"{repo}/commits/{SHA}": commit,
        f"{repo}/pull-requests": {"values": [pull]},
        f"{repo}/pull-requests/4": pull,
        f"{repo}/pull-requests/4/activities": {
            "values": [{"action": "COMMENTED", "commentAction": "ADDED", "comment": comment}]
        },
    }


DIALECTS = {
    "github": github,
    "gitlab": gitlab,
    "gitea": gitea,
    "forgejo": gitea,
    "bitbucket": bitbucket,
    "bitbucketServer": server,
}


class Told:
    """A forge of which one thing is known."""

    def __init__(self, kind, did):
        self.told = DIALECTS[kind](did)

    def answer(self, request, _):
        """What it answers; where the name of the token's account stands in a header, it stands there."""
        parts = urlsplit(request.url)
        found = next(
            (each for path, each in self.told.items() if re.fullmatch(path, unquote(parts.path))), None
        )
        if callable(found):
            found = found(parse_qs(parts.query))
        if found is None:
            return Answer(404, {}, b"{}")
        return Answer(200, {"x-ausername": "ourselves"}, json.dumps(found).encode())
