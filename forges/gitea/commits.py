"""Accounts, branches and statuses on Gitea."""

from dataclasses import dataclass, replace

from forges.api import Api
from forges.exchange import Call
from forges.gitea import shapes
from forges.model import Account, Branch, Commit, Permission, Repository, Sha
from forges.pulls import Check


@dataclass(frozen=True, slots=True)
class GiteaAccounts:
    """Who somebody is, and what they may do."""

    site: Api
    api: Api

    def me(self) -> Call[Account]:
        """The account of the token."""
        return shapes.account((yield from self.site.get("user")))

    def permission(self, account: Account) -> Call[Permission]:
        """WRITE for those whom issues can be assigned to: exactly those who may write, by a team too.

        `/collaborators/{user}/permission` asks the token to administer the repository, and says `read` of a member
        whose team may write.
        """
        if not account.id:
            return Permission.NONE
        able = yield from self.api.all("assignees")
        found = any(shapes.account(each).id == account.id for each in able)
        return Permission.WRITE if found else Permission.NONE


@dataclass(frozen=True, slots=True)
class GiteaCommits:
    """The repository, its branches, and what is said of its commits."""

    api: Api

    def repository(self) -> Call[Repository]:
        """The repository."""
        return shapes.repository((yield from self.api.get()))

    def branch(self, name: str) -> Call[Branch]:
        """A branch with its protection."""
        return shapes.branch((yield from self.api.get("branches", name)))

    def commit(self, sha: Sha) -> Call[Commit]:
        """A commit."""
        return shapes.commit(
            (yield from self.api.get("git", "commits", sha, files=False, verification=False))
        )

    def file(self, path: str, sha: Sha) -> Call[bytes | None]:
        """A file."""
        return (yield from self.api.raw("raw", *path.split("/"), ref=sha))

    def checks(self, sha: Sha) -> Call[tuple[Check, ...]]:
        """The newest status of each context."""
        newest = replace(self.api, values="statuses")
        found = yield from newest.all("commits", sha, "status", limit=shapes.PAGE)
        return tuple(shapes.check(each) for each in found)

    def set_status(self, sha: Sha, status: Check) -> Call[None]:
        """Post a status; Gitea keeps each, and the newest of a context counts."""
        body = {
            "state": status.state.value,
            "context": status.context,
            "description": status.description,
            "target_url": status.url,
        }
        yield from self.api.act("POST", body, "statuses", sha)
