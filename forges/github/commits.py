"""Accounts, branches and statuses on GitHub."""

from dataclasses import dataclass, replace

from forges.api import Api
from forges.errors import NoRight, NotFound
from forges.exchange import Call
from forges.fields import Fields
from forges.github import shapes
from forges.model import Account, Branch, Commit, Permission, Repository, Rules, Sha
from forges.pulls import Check

DESCRIPTION = 140
"""Characters that a status may say."""


@dataclass(frozen=True, slots=True)
class GitHubAccounts:
    """Who somebody is, and what they may do."""

    site: Api
    api: Api

    def me(self) -> Call[Account]:
        """The account of the token."""
        return shapes.account((yield from self.site.get("user")))

    def permission(self, account: Account) -> Call[Permission]:
        """What the account may do. It can only be asked by name: the answer's id must be the account's.

        Another id means that the name was taken over; then the account's name of now is asked for, once.
        `author_association` in payloads is computed without a viewer and wrong both ways.
        """
        if not account.id:
            return Permission.NONE
        found = yield from self._by_name(account.name)
        if found is None or shapes.account(found.inner("user")).id != account.id:
            name = yield from self._name_of(account)
            found = (yield from self._by_name(name)) if name else None
        if found is None or shapes.account(found.inner("user")).id != account.id:
            return Permission.NONE
        return shapes.PERMISSIONS.get(found.text("permission"), Permission.NONE)

    def _by_name(self, name: str) -> Call[Fields | None]:
        try:
            return (yield from self.api.get("collaborators", name, "permission"))
        except NotFound:
            return None

    def _name_of(self, account: Account) -> Call[str]:
        try:
            found = shapes.account((yield from self.site.get("user", account.id)))
        except NotFound:
            return ""
        return found.name if found.id == account.id else ""


@dataclass(frozen=True, slots=True)
class GitHubCommits:
    """The repository, its branches, and what is said of its commits."""

    api: Api

    def repository(self) -> Call[Repository]:
        """The repository."""
        return shapes.repository((yield from self.api.get()))

    def branch(self, name: str) -> Call[Branch]:
        """A branch, with what its protection and its rulesets ask for; rulesets are not asked where it is free."""
        found = yield from self.api.get("branches", name)
        head = Sha(found.inner("commit").text("sha"))
        if not found.flag("protected"):
            return Branch(name=found.text("name"), sha=head)
        old = found.maybe("protection")
        checks = old.maybe("required_status_checks") if old else None
        rules = Rules(protected=True, checks=checks.words("contexts") if checks else ())
        return Branch(name=found.text("name"), sha=head, rules=(yield from self._rules(name, rules)))

    def _rules(self, name: str, rules: Rules) -> Call[Rules]:
        try:
            found = yield from self.api.all("rules", "branches", name, per_page=shapes.PAGE)
        except NotFound:  # an older server of one's own
            return rules
        for each in found:
            what = each.maybe("parameters")
            match each.text("type"):
                case "merge_queue":
                    rules = replace(rules, queue=True)
                case "pull_request" if what:
                    asked = what.whole("required_approving_review_count", 0)
                    rules = replace(rules, approvals=max(rules.approvals, asked))
                case "required_status_checks" if what:
                    more = tuple(check.text("context") for check in what.each("required_status_checks"))
                    rules = replace(rules, checks=tuple(dict.fromkeys((*rules.checks, *more))))
        return rules

    def commit(self, sha: Sha) -> Call[Commit]:
        """A commit."""
        return shapes.commit((yield from self.api.get("commits", sha)))

    def file(self, path: str, sha: Sha) -> Call[bytes | None]:
        """A file of up to 100 MB."""
        plain = replace(self.api, headers={**self.api.headers, "Accept": "application/vnd.github.raw+json"})
        return (yield from plain.raw("contents", *path.split("/"), ref=sha))

    def checks(self, sha: Sha) -> Call[tuple[Check, ...]]:
        """Statuses and check runs. A token may have no right to see check runs; the rules of the branch hold anyway."""
        statuses = yield from replace(self.api, values="statuses").all(
            "commits", sha, "status", per_page=shapes.PAGE
        )
        try:
            runs = yield from replace(self.api, values="check_runs").all(
                "commits", sha, "check-runs", per_page=shapes.PAGE
            )
        except NoRight:
            runs = []
        return (*map(shapes.status, statuses), *map(shapes.check_run, runs))

    def set_status(self, sha: Sha, status: Check) -> Call[None]:
        """Post a status; GitHub keeps each, and the newest of a context counts."""
        body = {
            "state": status.state.value,
            "context": status.context,
            "description": status.description[:DESCRIPTION],
        }
        if status.url:
            body["target_url"] = status.url
        yield from self.api.act("POST", body, "statuses", sha)
