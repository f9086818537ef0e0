"""Accounts, branches and build statuses on Bitbucket Data Center."""

from dataclasses import dataclass

from forges.api import Api
from forges.bitbucketserver import shapes
from forges.errors import NotFound, TokenRefused
from forges.exchange import Call, Request, accepted
from forges.model import Account, Branch, Commit, Permission, Repository, Sha
from forges.pulls import Check

FILTERS = (
    ("REPO_ADMIN", Permission.ADMIN),
    ("REPO_WRITE", Permission.WRITE),
    ("REPO_READ", Permission.READ),
)


@dataclass(frozen=True, slots=True)
class ServerAccounts:
    """Who somebody is, and what they may do."""

    site: Api
    project: str
    slug: str

    def me(self) -> Call[Account]:
        """The account of the token: no call tells it, but every answer names it in a header."""
        request = Request(method="GET", url=self.site.url("application-properties"))
        answer = accepted(request, (yield request))
        name = answer.headers.get("x-ausername", "")
        if not name:
            raise TokenRefused(f"{request}: it does not know the token; make a new token")
        return shapes.account((yield from self.site.get("users", name)))

    def permission(self, account: Account) -> Call[Permission]:
        """The most that the account may, by groups, project and repository; asked as a filter of users."""
        if not account.id:
            return Permission.NONE
        for name, permission in FILTERS:
            asked = {
                "filter": account.name,
                "permission.1": name,
                "permission.1.projectKey": self.project,
                "permission.1.repositorySlug": self.slug,
            }
            found = yield from self.site.all("users", limit=shapes.PAGE, **asked)
            if any(shapes.account(each).id == account.id for each in found):
                return permission
        return Permission.NONE


@dataclass(frozen=True, slots=True)
class ServerCommits:
    """The repository, its branches, and what is said of its commits."""

    api: Api
    site: Api
    page: str

    def repository(self) -> Call[Repository]:
        """The repository."""
        fields = yield from self.api.get()
        try:
            default = (yield from self.api.get("branches", "default")).text("displayId", "")
        except NotFound:  # nothing was pushed yet
            default = ""
        return shapes.repository(fields, default=default)

    def branch(self, name: str) -> Call[Branch]:
        """A branch, found in a filtered list: no call takes a branch's name."""
        found = yield from self.api.all("branches", filterText=name, limit=shapes.PAGE)
        for each in found:
            if each.text("id") == f"{shapes.HEADS}{name}":
                return Branch(name=name, sha=Sha(each.text("latestCommit")))
        raise NotFound(f"{self.api.root}: no branch {name}")

    def commit(self, sha: Sha) -> Call[Commit]:
        """A commit."""
        return shapes.commit((yield from self.api.get("commits", sha)))

    def file(self, path: str, sha: Sha) -> Call[bytes | None]:
        """A file."""
        return (yield from self.api.raw("raw", *path.split("/"), at=sha))

    def checks(self, sha: Sha) -> Call[tuple[Check, ...]]:
        """The build statuses, which have an API of their own beside the other."""
        root = self.site.root.removesuffix("/api/1.0")
        builds = Api(root=f"{root}/build-status/1.0", next=shapes.following, values="values")
        found = yield from builds.all("commits", sha, limit=shapes.PAGE)
        return tuple(shapes.check(each) for each in found)

    def set_status(self, sha: Sha, status: Check) -> Call[None]:
        """Post or replace the build status of a key."""
        body = {
            "key": status.context,
            "state": shapes.POSTED[status.state],
            "name": status.context,
            "description": status.description[:255],
            "url": status.url or f"{self.page}/commits/{sha}",
        }
        yield from self.api.act("POST", body, "commits", sha, "builds")
