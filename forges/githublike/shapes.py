"""What both say in the same words."""

from collections.abc import Callable, Mapping

from forges.errors import Unreadable
from forges.fields import Fields
from forges.model import (
    Account,
    Commit,
    Hook,
    Issue,
    IssueNumber,
    MergeMethod,
    Permission,
    Repository,
    RepositoryId,
    Sha,
)

Accounts = Callable[[Fields | None], Account]
"""Reads an account; programs are told differently."""


def repository(fields: Fields, *, methods: Mapping[str, MergeMethod]) -> Repository:
    """A repository; `methods` are the fields that allow a way of merging."""
    return Repository(
        id=RepositoryId(fields.key("id")),
        name=fields.text("full_name"),
        url=fields.text("html_url"),
        clone_url=fields.text("clone_url", ""),
        default_branch=fields.text("default_branch", ""),
        private=fields.flag("private"),
        archived=fields.flag("archived"),
        mine=_mine(fields.maybe("permissions")),
        methods=frozenset(method for name, method in methods.items() if fields.flag(name)),
    )


def _mine(rights: Fields | None) -> Permission:
    if rights is None:
        return Permission.NONE
    for name, permission in (
        ("admin", Permission.ADMIN),
        ("push", Permission.WRITE),
        ("pull", Permission.READ),
    ):
        if rights.flag(name):
            return permission
    return Permission.NONE


def issue(fields: Fields, *, account: Accounts, version: str = "") -> Issue:
    """An issue; a pull request comes as one too and says so."""
    return Issue(
        id=fields.key("id"),
        number=IssueNumber(fields.whole("number")),
        title=fields.text("title"),
        body=fields.text("body", ""),
        author=account(fields.maybe("user")),
        labels=labels(fields),
        open=fields.text("state") == "open",
        url=fields.text("html_url", ""),
        created=fields.time("created_at"),
        updated=fields.time("updated_at"),
        version=version,
        is_pull="pull_request" in fields,
    )


def labels(fields: Fields) -> tuple[str, ...]:
    """The names of the labels on an issue or pull request."""
    return tuple(each.text("name") for each in fields.each("labels"))


def number_in(url: str) -> IssueNumber:
    """The number of the issue that a comment is on: it stands in an address only."""
    last = url.rstrip("/").rsplit("/", 1)[-1]
    if not (last.isascii() and last.isdecimal() and len(last) < 19):
        raise Unreadable("comment.issue_url: it does not end in the number of an issue")
    return IssueNumber(int(last))


def hook(fields: Fields) -> Hook:
    """A webhook."""
    return Hook(
        id=fields.key("id"),
        url=fields.inner("config").text("url", ""),
        active=fields.flag("active"),
        events=frozenset(fields.words("events")),
    )


def commit(fields: Fields, *, account: Accounts) -> Commit:
    """A commit; the account is found by the author's address, so it proves nothing."""
    inner = fields.inner("commit")
    return Commit(
        sha=Sha(fields.text("sha")),
        message=inner.text("message", ""),
        author=account(fields.maybe("author")),
        at=inner.inner("committer").time("date"),
    )
