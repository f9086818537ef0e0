"""A repository on the real Gitea, seen by its people: what tests of the forge work with."""

import itertools
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from harness.gitea import Gitea

from forges.exchange import Call
from forges.interface import Forge
from forges.model import Account, ForgeKind, IssueNumber
from forges.registry import Address, connect, credentials
from forges.transports.blocking import Blocking

T = TypeVar("T")
_NUMBERS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Place:
    """A repository on the Gitea, and a connection to it for each of the people."""

    site: Gitea
    name: str
    scratch: Path

    @property
    def forge(self) -> Forge:
        """The repository through our own calls."""
        return connect(Address(kind=ForgeKind.GITEA, repository=self.name, api=self.site.url))

    def run(self, call: Call[T], *, who: str = "bot") -> T:
        """What a call returns to one of the people."""
        return self.connection(who).run(call)

    def connection(self, who: str) -> Blocking:
        """A transport with the token of one of the people."""
        return Blocking(credentials(self.site.tokens[who]))

    def account(self, who: str) -> Account:
        """One of the people, with the id."""
        return self.run(self.forge.accounts.me(), who=who)

    def ask(self, who: str, method: str, path: str, body: object = None) -> Any:
        """Gitea's own answer about this repository."""
        return self.site.ask(who, method, f"repos/{self.name}/{path}", body)

    def issue(self, title: str, body: str = "", *, who: str = "stranger") -> IssueNumber:
        """A new issue; its number."""
        made = self.ask(who, "POST", "issues", {"title": title, "body": body})
        return IssueNumber(made["number"])

    def label(self, name: str) -> str:
        """A new label of the repository; its name."""
        self.ask("owner", "POST", "labels", {"name": name, "color": "#00aabb"})
        return name

    def push(self, branch: str, *, files: dict[str, str], who: str = "bot", start: str = "main") -> str:
        """A commit with these files on a branch, new or not; its sha."""
        clone = self.scratch / f"clone-{next(_NUMBERS)}"
        git(self.scratch, "clone", "-q", self.site.clone_url(who, self.name), str(clone))
        there = git(clone, "ls-remote", "--heads", "origin", branch)
        git(clone, "checkout", "-q", "-B", branch, f"origin/{branch if there else start}")
        for path, text in files.items():
            (clone / path).parent.mkdir(parents=True, exist_ok=True)
            (clone / path).write_text(text, encoding="utf-8")
        git(clone, "add", "-A")
        identity = ("-c", f"user.name={who}", "-c", f"user.email={who}@forge.test")
        git(clone, *identity, "commit", "-qm", f"by {who}")
        git(clone, "push", "-q", "origin", branch)
        return git(clone, "rev-parse", "HEAD")


def new_place(site: Gitea, scratch: Path, *, private: bool = False) -> Place:
    """A new repository."""
    name = site.make_repository(f"app-{scratch.name[-20:]}-{next(_NUMBERS)}", private=private)
    return Place(site=site, name=name, scratch=scratch)


def git(folder: Path, *arguments: str) -> str:
    """What git says; it must succeed."""
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"git {arguments[0]}: {done.stderr}"
    return done.stdout.strip()
