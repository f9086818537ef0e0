"""Bitbucket Cloud's JSON as our model. Accounts and repositories have UUIDs in braces."""

from collections.abc import Mapping

from forges.errors import Unsupported
from forges.exchange import Answer, Call, Request, failing
from forges.fields import Fields
from forges.interface import Ability
from forges.model import (
    NOBODY,
    Account,
    AccountId,
    Branch,
    Comment,
    CommentId,
    Commit,
    Hook,
    Issue,
    IssueNumber,
    PullNumber,
    Repository,
    RepositoryId,
    Sha,
)
from forges.pulls import Check, CheckState, PullRequest, PullState

PAGE = 50
"""The most entries that every list takes."""

LACKS: Mapping[Ability, str] = {
    Ability.LABELS: "Issues of Bitbucket Cloud have no labels.",
    Ability.LABEL_EVENTS: "Issues of Bitbucket Cloud have no labels, so that none can be put on.",
    Ability.PULL_LABELS: "Pull requests of Bitbucket Cloud have no labels.",
    Ability.REACTIONS: "Bitbucket Cloud has no reactions; the comment says what happens.",
    Ability.HOOK_PING: "Bitbucket Cloud cannot be told to send a test delivery; push something instead.",
    Ability.HOOK_DELIVERIES: "Bitbucket Cloud shows what its webhooks delivered on the webhook's page only.",
    Ability.EXPECTED_HEAD: (
        "Bitbucket Cloud merges whatever the head is; it is looked at right before, and the merged commit right after."
    ),
    Ability.MERGE_QUEUE: "Bitbucket Cloud's merge queue cannot be entered by its API.",
    Ability.CONDITIONAL: "Bitbucket Cloud sends no ETag with its lists.",
}

STATES = {
    "SUCCESSFUL": CheckState.SUCCESS,
    "FAILED": CheckState.FAILURE,
    "STOPPED": CheckState.FAILURE,
    "INPROGRESS": CheckState.PENDING,
}
POSTED = {
    CheckState.PENDING: "INPROGRESS",
    CheckState.SUCCESS: "SUCCESSFUL",
    CheckState.FAILURE: "FAILED",
}
PULL_STATES = {"OPEN": PullState.OPEN, "MERGED": PullState.MERGED}
OPEN_ISSUES = {"submitted", "new", "open"}


def following(request: Request, answer: Answer) -> str | None:
    """The next page, as the body names it."""
    return Fields(answer.json(request), where=str(request)).text("next", "") or None


def lacking(ability: Ability) -> Call[None]:
    """A call that says what is missing."""
    return failing(Unsupported(LACKS[ability]))


def account(fields: Fields | None) -> Account:
    """A user, or an app's own account."""
    if fields is None:
        return NOBODY
    return Account(
        id=AccountId(fields.key("uuid")),
        name=fields.text("nickname", "") or fields.text("display_name", ""),
        bot=fields.text("type", "user") != "user",
    )


def repository(fields: Fields) -> Repository:
    """A repository; what the token may do with it is not told."""
    main = fields.maybe("mainbranch")
    links = fields.inner("links")
    https = [each.text("href") for each in links.each("clone") if each.text("name") == "https"]
    return Repository(
        id=RepositoryId(fields.key("uuid")),
        name=fields.text("full_name"),
        url=links.inner("html").text("href"),
        clone_url=next(iter(https), ""),
        default_branch=main.text("name") if main else "",
        private=fields.flag("is_private"),
    )


def _page(fields: Fields) -> str:
    links = fields.maybe("links")
    html = links.maybe("html") if links else None
    return html.text("href", "") if html else ""


def _raw(fields: Fields, name: str) -> str:
    text = fields.maybe(name)
    return text.text("raw", "") if text else ""


def issue(fields: Fields) -> Issue:
    """An issue."""
    return Issue(
        id=fields.key("id"),
        number=IssueNumber(fields.whole("id")),
        title=fields.text("title"),
        body=_raw(fields, "content"),
        author=account(fields.maybe("reporter")),
        labels=(),
        open=fields.text("state") in OPEN_ISSUES,
        url=_page(fields),
        created=fields.time("created_on"),
        updated=fields.time("updated_on"),
    )


def comment(fields: Fields) -> Comment:
    """A comment; it names the issue or pull request that it is on."""
    pull = fields.maybe("pullrequest")
    where = pull or fields.inner("issue")
    created = fields.time("created_on")
    return Comment(
        id=CommentId(fields.key("id")),
        number=IssueNumber(where.whole("id")),
        author=account(fields.maybe("user")),
        body=_raw(fields, "content"),
        created=created,
        updated=fields.time("updated_on") if "updated_on" in fields else created,
        url=_page(fields),
        on_pull=pull is not None,
    )


def branch(fields: Fields) -> Branch:
    """A branch; its restrictions are shown to administrators only."""
    return Branch(name=fields.text("name"), sha=Sha(fields.inner("target").text("hash")))


def check(fields: Fields) -> Check:
    """A build status."""
    return Check(
        context=fields.text("key"),
        state=STATES.get(fields.text("state"), CheckState.PENDING),
        description=fields.text("description", ""),
        url=fields.text("url", ""),
    )


def hook(fields: Fields) -> Hook:
    """A webhook."""
    return Hook(
        id=fields.key("uuid"),
        url=fields.text("url"),
        active=fields.flag("active"),
        events=frozenset(fields.words("events")),
    )


def pull(fields: Fields) -> PullRequest:
    """A pull request; hashes are shortened to 12 digits there."""
    source, target = fields.inner("source"), fields.inner("destination")
    fork = source.maybe("repository")
    merge = fields.maybe("merge_commit")
    head = source.maybe("commit")
    state = PULL_STATES.get(fields.text("state"), PullState.CLOSED)
    return PullRequest(
        id=fields.key("id"),
        number=PullNumber(fields.whole("id")),
        title=fields.text("title"),
        body=_raw(fields, "summary"),
        author=account(fields.maybe("author")),
        state=state,
        draft=fields.flag("draft"),
        head=source.inner("branch").text("name"),
        head_sha=Sha(head.text("hash") if head else ""),
        head_repository=RepositoryId(fork.key("uuid") if fork else ""),
        base=target.inner("branch").text("name"),
        base_repository=RepositoryId(target.inner("repository").key("uuid")),
        labels=(),
        url=_page(fields),
        created=fields.time("created_on"),
        updated=fields.time("updated_on"),
        merge_commit=Sha(merge.text("hash")) if merge and state is PullState.MERGED else None,
    )


def commit(fields: Fields) -> Commit:
    """A commit."""
    return Commit(
        sha=Sha(fields.text("hash")),
        message=fields.text("message", ""),
        author=account(fields.inner("author").maybe("user")),
        at=fields.time("date"),
    )
