"""A forge of a few lines that answers and delivers as Gitea does: what needs no real forge."""

import dataclasses
import datetime
import hashlib
import hmac
import itertools
import json
import re
from urllib.parse import parse_qs, urlsplit

from forges.exchange import Answer

START = datetime.datetime(2026, 5, 4, 12, 0, tzinfo=datetime.UTC)
SECRET = "s3cret"
PEOPLE = {"owner": 1, "bot": 2, "writer": 3, "reader": 4, "stranger": 5}
WRITERS = ("owner", "bot", "writer")


class Clock:
    """Time that passes when it is told to."""

    def __init__(self):
        self.now = START

    def __call__(self):
        """The time."""
        return self.now

    def pass_(self, seconds):
        """Let time pass."""
        self.now += datetime.timedelta(seconds=seconds)


class SmallGitea:
    """Issues, labels and comments of one repository, in Gitea's form."""

    def __init__(self, clock):
        self.clock = clock
        self.people = dict(PEOPLE)
        self.writers = set(WRITERS)
        self.issues, self.comments, self.timeline = {}, {}, {}
        self.reactions = []
        self._ids = itertools.count(1)
        self.asked = []
        self.down = False

    def user(self, name):
        """An account."""
        return {"id": self.people[name], "login": name}

    @property
    def repository(self):
        """The repository."""
        return {
            "id": 7,
            "full_name": "acme/app",
            "html_url": "https://git.test/acme/app",
            "default_branch": "main",
        }

    def open(self, title="Fix it", body="please", *, who="stranger"):
        """A new issue."""
        number = len(self.issues) + 1
        self.issues[number] = {
            "id": next(self._ids),
            "number": number,
            "title": title,
            "body": body,
            "user": self.user(who),
            "labels": [],
            "state": "open",
            "html_url": f"https://git.test/acme/app/issues/{number}",
            "created_at": self._now(),
            "updated_at": self._now(),
            "content_version": 0,
        }
        return self._delivery(
            "issues", "issues", who, action="opened", number=number, issue=self._copy(number)
        )

    def edit(self, number, *, title=None, body=None, who="stranger"):
        """Change an issue's text."""
        issue = self.issues[number]
        if title is not None:
            self._entry(number, {"type": "change_title", "user": self.user(who)})
            issue["title"] = title
        if body is not None:
            issue["body"] = body
            issue["content_version"] += 1
        issue["updated_at"] = self._now()
        return self._delivery(
            "issues", "issues", who, action="edited", number=number, issue=self._copy(number)
        )

    def label(self, number, *, who="writer", label="gastown", added=True):
        """Put a label on or take it off."""
        issue = self.issues[number]
        issue["labels"] = [each for each in issue["labels"] if each["name"] != label]
        if added:
            issue["labels"].append({"id": 1, "name": label})
        body = "1" if added else ""
        self._entry(number, {"type": "label", "user": self.user(who), "label": {"name": label}, "body": body})
        return self._delivery(
            "issues", "issue_label", who, action="label_updated", number=number, issue=self._copy(number)
        )

    def comment(self, number, body, *, who="writer"):
        """Write a comment."""
        found = {
            "id": next(self._ids),
            "user": self.user(who),
            "body": body,
            "created_at": self._now(),
            "updated_at": self._now(),
            "issue_url": f"https://git.test/acme/app/issues/{number}",
            "html_url": f"https://git.test/acme/app/issues/{number}#c",
        }
        self.comments[found["id"]] = found
        self.issues[number]["updated_at"] = self._now()
        return self._delivery(
            "issue_comment",
            "issue_comment",
            who,
            action="created",
            issue=self._copy(number),
            comment=dict(found),
            is_pull=False,
        )

    def edit_comment(self, comment, body):
        """Change a comment."""
        self.comments[comment] |= {"body": body, "updated_at": self._now()}

    def on(self, number):
        """The comments on an issue."""
        return [each for each in self.comments.values() if each["issue_url"].endswith(f"/{number}")]

    def answer(self, request, token):
        """What Gitea answers."""
        self.asked.append(f"{request.method} {request.url}")
        if self.down:
            return Answer(503, {}, b"{}")
        path, query = (
            urlsplit(request.url).path.removeprefix("/api/v1"),
            parse_qs(urlsplit(request.url).query),
        )
        for pattern, name in ROUTES:
            found = re.fullmatch(pattern, f"{request.method} {path}")
            if found:
                told = getattr(self, name)(*found.groups(), query=query, body=request.body, who=token)
                if told is None:
                    return Answer(404, {}, b"{}")
                return Answer(200, {}, json.dumps(told).encode())
        return Answer(404, {}, b'{"message": "unknown"}')

    def _me(self, *, who, **_):
        return self.user(who)

    def _repo(self, **_):
        return self.repository

    def _assignees(self, **_):
        return [self.user(each) for each in sorted(self.writers) if each in self.people]

    def _list(self, *, query, **_):
        label = query.get("labels", [""])[0]
        return [
            self._copy(number)
            for number, each in self.issues.items()
            if not label or label in {one["name"] for one in each["labels"]}
        ]

    def _issue(self, number, **_):
        return self._copy(int(number)) if int(number) in self.issues else None

    def _timeline(self, number, **_):
        return self.timeline.get(int(number), [])

    def _comments(self, **_):
        return list(self.comments.values())

    def _comments_on(self, number, **_):
        return self.on(number)

    def _write(self, number, *, body, who, **_):
        self.comment(int(number), body["body"], who=who)
        return self.on(number)[-1]

    def _rewrite(self, comment, *, body, **_):
        self.edit_comment(int(comment), body["body"])
        return self.comments[int(comment)]

    def _labels(self, number, **_):
        return self.issues[int(number)]["labels"]

    def _unlabel(self, number, *, who, **_):
        for each in list(self.issues[int(number)]["labels"]):
            self.label(int(number), who=who, label=each["name"], added=False)
        return {}

    def _react(self, *found, body, **_):
        self.reactions.append((*found, body["content"]))
        return {}

    def _copy(self, number):
        return json.loads(json.dumps(self.issues[number]))

    def _entry(self, number, entry):
        self.timeline.setdefault(number, []).append(
            {"id": next(self._ids), "created_at": self._now(), **entry}
        )

    def _now(self):
        return self.clock.now.replace(microsecond=0).isoformat().replace("+00:00", "Z")

    def _delivery(self, event, kind, who, **content):
        body = json.dumps({**content, "repository": self.repository, "sender": self.user(who)}).encode()
        return signed(body, event, kind, delivery=f"d{next(self._ids)}")


ROUTES = (
    (r"GET /user", "_me"),
    (r"GET /repos/acme/app", "_repo"),
    (r"GET /repos/acme/app/assignees", "_assignees"),
    (r"GET /repos/acme/app/issues", "_list"),
    (r"GET /repos/acme/app/issues/comments", "_comments"),
    (r"PATCH /repos/acme/app/issues/comments/(\d+)", "_rewrite"),
    (r"POST /repos/acme/app/issues/comments/(\d+)/reactions", "_react"),
    (r"GET /repos/acme/app/issues/(\d+)", "_issue"),
    (r"GET /repos/acme/app/issues/(\d+)/timeline", "_timeline"),
    (r"GET /repos/acme/app/issues/(\d+)/comments", "_comments_on"),
    (r"POST /repos/acme/app/issues/(\d+)/comments", "_write"),
    (r"GET /repos/acme/app/issues/(\d+)/labels", "_labels"),
    (r"DELETE /repos/acme/app/issues/(\d+)/labels/\d+", "_unlabel"),
    (r"POST /repos/acme/app/issues/(\d+)/reactions", "_react"),
)


@dataclasses.dataclass(frozen=True)
class Delivery:
    """A webhook's request."""

    headers: dict
    body: bytes

    @property
    def content(self):
        """Its JSON."""
        return json.loads(self.body)


def signed(body, event, kind="", *, delivery="d1", secret=SECRET):
    """A delivery of Gitea."""
    code = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "content-type": "application/json",
        "x-gitea-event": event,
        "x-gitea-event-type": kind or event,
        "x-gitea-delivery": delivery,
        "x-gitea-signature": code,
        "x-github-event": event,
        "x-hub-signature-256": f"sha256={code}",
    }
    return Delivery(headers, body)
