"""Accounts, branches and statuses on Bitbucket Cloud."""

from dataclasses import dataclass
from hashlib import sha256

from forges.api import Api
from forges.bitbucket import shapes
from forges.exchange import Call
from forges.model import Account, Branch, Commit, Permission, Repository, Sha
from forges.pulls import Check

KEY = 40
"""Characters that the key of a build status may have."""

PERMISSIONS = {"admin": Permission.ADMIN, "write": Permission.WRITE, "read": Permission.READ}


@dataclass(frozen=True, slots=True)
class BitbucketAccounts:
    """Who somebody is, and what they may do."""

    site: Api
    workspace: str
    slug: str

    def me(self) -> Call[Account]:
        """The account of the token."""
        return shapes.account((yield from self.site.get("user")))

    def permission(self, account: Account) -> Call[Permission]:
        """The most that the account may, by itself and by groups. The token must administer the workspace."""
        if not account.id or '"' in account.id or "\\" in account.id:
            return Permission.NONE
        path = ("workspaces", self.workspace, "permissions", "repositories", self.slug)
        found = yield from self.site.all(*path, q=f'user.uuid="{account.id}"')
        levels = [
            PERMISSIONS.get(each.text("permission"), Permission.NONE)
            for each in found
            if shapes.account(each.inner("user")).id == account.id
        ]
        return max(levels, default=Permission.NONE)


@dataclass(frozen=True, slots=True)
class BitbucketCommits:
    """The repository, its branches, and what is said of its commits."""

    api: Api
    page: str
    """Where people see the repository: a build status must have an address."""

    def repository(self) -> Call[Repository]:
        """The repository."""
        return shapes.repository((yield from self.api.get()))

    def branch(self, name: str) -> Call[Branch]:
        """A branch."""
        return shapes.branch((yield from self.api.get("refs", "branches", name)))

    def commit(self, sha: Sha) -> Call[Commit]:
        """A commit."""
        return shapes.commit((yield from self.api.get("commit", sha)))

    def file(self, path: str, sha: Sha) -> Call[bytes | None]:
        """A file."""
        return (yield from self.api.raw("src", sha, *path.split("/")))

    def checks(self, sha: Sha) -> Call[tuple[Check, ...]]:
        """The build statuses; a key has one only."""
        found = yield from self.api.all("commit", sha, "statuses", pagelen=shapes.PAGE)
        return tuple(shapes.check(each) for each in found)

    def set_status(self, sha: Sha, status: Check) -> Call[None]:
        """Post or replace the build status of a key; a key that is too long ends in a digest of the whole."""
        key = status.context
        if len(key) > KEY:
            key = f"{key[: KEY - 9]}-{sha256(key.encode()).hexdigest()[:8]}"
        body = {
            "key": key,
            "state": shapes.POSTED[status.state],
            "name": status.context,
            "description": status.description[:255],
            "url": status.url or f"{self.page}/commits/{sha}",
        }
        yield from self.api.act("POST", body, "commit", sha, "statuses", "build")
