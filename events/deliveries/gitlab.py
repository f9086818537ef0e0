"""Deliveries of GitLab. Issues and merge requests are known by `iid`, their number in the project."""

from events.deliveries.parts import HEADS, Dialect, Told, files, no_commit, ours
from events.model import About, Hint, Ignored, Text
from forges.fields import Fields
from forges.gitlab.shapes import account
from forges.model import NOBODY, Account, AccountId, CommentId, RepositoryId, Sha

COMMITS = 20
"""The most commits that a push lists."""


def _issue(content: Fields) -> Told:
    issue = content.inner("object_attributes")
    action = issue.text("action", "")
    changes = content.maybe("changes")
    if action == "open":
        abouts = [About.ISSUE, *([About.LABELS] if any(content.each("labels")) else [])]
    elif action == "update" and changes is not None and "labels" in changes:
        abouts = [About.LABELS]
    else:
        return Ignored("an issue changed; only a new one and a label can sling")
    return tuple(
        Hint(
            about=about,
            repository=_repository(content),
            sender=_account(content.maybe("user")),
            number=issue.whole("iid"),
            text=_text(issue),
        )
        for about in abouts
    )


def _note(content: Fields) -> Told:
    note = content.inner("object_attributes")
    if note.text("action", "create") != "create" or note.flag("system"):
        return Ignored("a comment was edited, or GitLab wrote it; only a person's new one can sling")
    kind = note.text("noteable_type", "")
    if kind not in {"Issue", "MergeRequest"}:
        return Ignored("a comment on neither an issue nor a merge request")
    pull = kind == "MergeRequest"
    issue = content.inner("merge_request" if pull else "issue")
    return (
        Hint(
            about=About.PULL_COMMENT if pull else About.COMMENT,
            repository=_repository(content),
            sender=_account(content.maybe("user")),
            number=issue.whole("iid"),
            comment=CommentId(note.key("id")),
            words=note.text("note", ""),
            text=None if pull else _text(issue),
        ),
    )


def _push(content: Fields) -> Told:
    ref, after = content.text("ref"), content.text("after")
    if not ref.startswith(HEADS) or no_commit(after):
        return Ignored("no branch was pushed")
    count = content.count("commits")
    whole = content.whole("total_commits_count", count) <= count
    return (
        Hint(
            about=About.PUSH,
            repository=_repository(content),
            sender=Account(AccountId(content.key("user_id")), content.text("user_username", "")),
            branch=ref.removeprefix(HEADS),
            sha=Sha(after),
            files=files(content, "added", "removed", "modified", most=COMMITS if whole else 0),
            ours=ours(each.text("message", "") for each in content.each("commits")),
        ),
    )


def _pipeline(content: Fields) -> Told:
    run = content.inner("object_attributes")
    if run.text("status", "") != "failed":
        return Ignored("a pipeline that has not failed")
    return (
        Hint(
            about=About.CHECK,
            repository=_repository(content),
            sender=_account(content.maybe("user")),
            sha=Sha(run.text("sha")),
        ),
    )


def _account(fields: Fields | None) -> Account:
    """Older servers name the author of a note without an id."""
    return account(fields) if fields is not None and "id" in fields else NOBODY


def _text(issue: Fields) -> Text:
    return Text(issue.text("title", ""), issue.text("description", ""))


def _repository(content: Fields) -> RepositoryId:
    return RepositoryId(content.inner("project").key("id"))


DIALECT = Dialect(
    event=("x-gitlab-event",),
    delivery=("webhook-id", "idempotency-key", "x-gitlab-event-uuid"),
    readers={
        "Issue Hook": _issue,
        "Note Hook": _note,
        "Push Hook": _push,
        "Pipeline Hook": _pipeline,
    },
)
