"""Accounts, branches and statuses on GitLab."""

from dataclasses import dataclass

from forges.api import Api
from forges.errors import NotFound, Refused
from forges.exchange import Call
from forges.gitlab import shapes
from forges.model import Account, Branch, Commit, Permission, Repository, Sha
from forges.pulls import Check


@dataclass(frozen=True, slots=True)
class GitLabAccounts:
    """Who somebody is, and what they may do."""

    site: Api
    api: Api

    def me(self) -> Call[Account]:
        """The account of the token."""
        return shapes.account((yield from self.site.get("user")))

    def permission(self, account: Account) -> Call[Permission]:
        """By id among all members, those of groups above and of invited groups too."""
        if not account.id:
            return Permission.NONE
        try:
            found = yield from self.api.get("members", "all", account.id)
        except NotFound:
            return Permission.NONE
        same = found.key("id") == account.id and found.text("state", "active") == "active"
        return shapes.permission(found.whole("access_level")) if same else Permission.NONE


@dataclass(frozen=True, slots=True)
class GitLabCommits:
    """The project, its branches, and what is said of its commits."""

    api: Api

    def repository(self) -> Call[Repository]:
        """The project."""
        return shapes.repository((yield from self.api.get()))

    def branch(self, name: str) -> Call[Branch]:
        """A branch."""
        return shapes.branch((yield from self.api.get("repository", "branches", name)))

    def commit(self, sha: Sha) -> Call[Commit]:
        """A commit."""
        return shapes.commit((yield from self.api.get("repository", "commits", sha, stats=False)))

    def file(self, path: str, sha: Sha) -> Call[bytes | None]:
        """A file."""
        return (yield from self.api.raw("repository", "files", path, "raw", ref=sha))

    def checks(self, sha: Sha) -> Call[tuple[Check, ...]]:
        """The newest status of each name."""
        found = yield from self.api.all("repository", "commits", sha, "statuses", per_page=shapes.PAGE)
        return tuple(shapes.check(each) for each in found)

    def set_status(self, sha: Sha, status: Check) -> Call[None]:
        """Post a status. GitLab refuses the state that it has already, which is a success.

        Without `pipeline_id`: a wrong one makes a pipeline that gets around "pipelines must succeed".
        """
        body = {
            "state": shapes.POSTED[status.state],
            "name": status.context,
            "description": status.description[:255],
        }
        if status.url:
            body["target_url"] = status.url
        try:
            yield from self.api.act("POST", body, "statuses", sha)
        except Refused as refused:
            if "cannot transition status" not in refused.words.lower():
                raise
