"""GitLab's JSON as our model."""

import re

from forges.fields import Fields
from forges.model import (
    NOBODY,
    Account,
    AccountId,
    Branch,
    Comment,
    CommentId,
    Commit,
    Delivery,
    Hook,
    Issue,
    IssueNumber,
    LabelEvent,
    MergeMethod,
    Permission,
    PullNumber,
    Repository,
    RepositoryId,
    Rules,
    Sha,
)
from forges.pulls import Check, CheckState, PullRequest, PullState

PAGE = 100
"""The most entries that GitLab puts on a page."""

DRAFT = "Draft: "
DEVELOPER, MAINTAINER, GUEST = 30, 40, 10
"""Access levels; a developer may push."""

STATES = {
    "success": CheckState.SUCCESS,
    "skipped": CheckState.SUCCESS,
    "failed": CheckState.FAILURE,
    "canceled": CheckState.FAILURE,
}
"""Of a commit's status; all others have not ended."""
POSTED = {CheckState.PENDING: "pending", CheckState.SUCCESS: "success", CheckState.FAILURE: "failed"}
MERGED = {"merge": MergeMethod.MERGE, "rebase_merge": MergeMethod.MERGE, "ff": MergeMethod.REBASE}


EDITS = ("changed title", "changed the description")
"""How GitLab's own notes about edits begin."""

TOKEN = re.compile(r"(project|group)_\d+_bot(_\w+)?")
"""The names that GitLab gives to the accounts of access tokens; most of its answers say nothing else of them."""


def account(fields: Fields | None) -> Account:
    """A user. A name that looks like a token's only takes rights away, so a name is enough here."""
    if fields is None:
        return NOBODY
    name = fields.text("username")
    return Account(
        id=AccountId(fields.key("id")), name=name, bot=fields.flag("bot") or bool(TOKEN.fullmatch(name))
    )


def permission(level: int) -> Permission:
    """What an access level is worth."""
    if level >= MAINTAINER:
        return Permission.ADMIN
    if level >= DEVELOPER:
        return Permission.WRITE
    return Permission.READ if level >= GUEST else Permission.NONE


def repository(fields: Fields) -> Repository:
    """A project; the token's rights come from the project or its group, whichever is more."""
    methods = {MERGED.get(fields.text("merge_method", ""), MergeMethod.MERGE)}
    if fields.text("squash_option", "default_off") != "never":
        methods.add(MergeMethod.SQUASH)
    return Repository(
        id=RepositoryId(fields.key("id")),
        name=fields.text("path_with_namespace"),
        url=fields.text("web_url"),
        clone_url=fields.text("http_url_to_repo", ""),
        default_branch=fields.text("default_branch", ""),
        private=fields.text("visibility", "private") != "public",
        archived=fields.flag("archived"),
        mine=permission(_level(fields)),
        methods=frozenset(methods),
    )


def _level(fields: Fields) -> int:
    rights = fields.maybe("permissions")
    levels = [0]
    for name in ("project_access", "group_access"):
        access = rights.maybe(name) if rights else None
        levels.append(access.whole("access_level") if access else 0)
    return max(levels)


def issue(fields: Fields) -> Issue:
    """An issue."""
    return Issue(
        id=fields.key("id"),
        number=IssueNumber(fields.whole("iid")),
        title=fields.text("title"),
        body=fields.text("description", ""),
        author=account(fields.maybe("author")),
        labels=fields.words("labels"),
        open=fields.text("state") == "opened",
        url=fields.text("web_url", ""),
        created=fields.time("created_at"),
        updated=fields.time("updated_at"),
    )


def label_event(fields: Fields, number: IssueNumber) -> LabelEvent:
    """A resource label event."""
    return LabelEvent(
        id=fields.key("id"),
        number=number,
        label=fields.inner("label").text("name"),
        added=fields.text("action") == "add",
        actor=account(fields.maybe("user")),
        at=fields.time("created_at"),
    )


def comment(fields: Fields, *, url: str = "") -> Comment:
    """A note."""
    created = fields.time("created_at")
    return Comment(
        id=CommentId(fields.key("id")),
        number=IssueNumber(fields.whole("noteable_iid")),
        author=account(fields.maybe("author")),
        body=fields.text("body", ""),
        created=created,
        updated=fields.time("updated_at") if "updated_at" in fields else created,
        url=url,
        on_pull=fields.text("noteable_type") == "MergeRequest",
    )


def branch(fields: Fields) -> Branch:
    """A branch; what its protection asks for only maintainers see."""
    return Branch(
        name=fields.text("name"),
        sha=Sha(fields.inner("commit").text("id")),
        rules=Rules(protected=fields.flag("protected")),
    )


def check(fields: Fields) -> Check:
    """A commit's status; one that may fail counts as well when it did."""
    state = STATES.get(fields.text("status"), CheckState.PENDING)
    if state is CheckState.FAILURE and fields.flag("allow_failure"):
        state = CheckState.SUCCESS
    return Check(
        context=fields.text("name"),
        state=state,
        description=fields.text("description", ""),
        url=fields.text("target_url", ""),
    )


def hook(fields: Fields) -> Hook:
    """A webhook; GitLab switches one that keeps failing off for a time or for good."""
    names = ("push_events", "issues_events", "note_events", "merge_requests_events", "pipeline_events")
    return Hook(
        id=fields.key("id"),
        url=fields.text("url"),
        active=fields.text("alert_status", "executable") == "executable",
        events=frozenset(name for name in names if fields.flag(name)),
    )


def delivery(fields: Fields) -> Delivery:
    """One try of a webhook; its status is text there, such as `200` or `internal error`."""
    status = fields.key("response_status") if "response_status" in fields else ""
    return Delivery(
        id=fields.key("id"),
        event=fields.text("trigger", ""),
        at=fields.time("created_at"),
        status=int(status) if status.isascii() and status.isdecimal() and len(status) == 3 else 0,
    )


def pull(fields: Fields) -> PullRequest:
    """A merge request."""
    match fields.text("state"):
        case "merged":
            state = PullState.MERGED
        case "closed":
            state = PullState.CLOSED
        case _:  # `locked` for the moment of merging
            state = PullState.OPEN
    status = fields.text("detailed_merge_status", "")
    source = fields.key("source_project_id") if "source_project_id" in fields else ""
    return PullRequest(
        id=fields.key("id"),
        number=PullNumber(fields.whole("iid")),
        title=fields.text("title"),
        body=fields.text("description", ""),
        author=account(fields.maybe("author")),
        state=state,
        draft=fields.flag("draft"),
        head=fields.text("source_branch"),
        head_sha=Sha(fields.text("sha", "")),
        head_repository=RepositoryId(source),
        base=fields.text("target_branch"),
        base_repository=RepositoryId(fields.key("target_project_id")),
        labels=fields.words("labels"),
        url=fields.text("web_url", ""),
        created=fields.time("created_at"),
        updated=fields.time("updated_at"),
        merge_commit=_merged_as(fields) if state is PullState.MERGED else None,
        mergeable={"mergeable": True, "conflict": False}.get(status),
    )


def _merged_as(fields: Fields) -> Sha:
    """The commit on the target: the merge's, without one the squash's, with neither the head itself."""
    names = ("merge_commit_sha", "squash_commit_sha", "sha")
    return Sha(next((fields.text(name) for name in names if name in fields), ""))


def commit(fields: Fields) -> Commit:
    """A commit; GitLab does not name its author's account."""
    return Commit(
        sha=Sha(fields.text("id")),
        message=fields.text("message", ""),
        author=NOBODY,
        at=fields.time("committed_date"),
    )
