"""A git repository laid by hand: what the agent works in, with an address but no secret in its config."""

from pathlib import Path
from typing import NamedTuple

from workflows.orders import TrainOrders
from workflows.steps.errors import Unreachable
from workflows.steps.git import address
from workflows.steps.git.command import Done, Git
from workflows.steps.git.remote import unreachable

NOT_SHALLOW = 0
_LENDER = "objects/info/alternates"


class Source(NamedTuple):
    """Where objects come from, and how much of them."""

    git: Git
    url: str
    depth: int = NOT_SHALLOW
    filter: str = ""

    def fetch(self, *refspecs: str) -> None:
        """Bring refs and their history, by one fetch. Raises Unreachable or AccessRefused."""
        done = self._fetch(*self._amount(), *refspecs)
        if done.code:
            raise unreachable(self.url, "fetch", done)

    def deepen(self, *refspecs: str) -> None:
        """Bring all the history that is missing, where there is some."""
        done = self._fetch("--unshallow", *refspecs)
        if done.code:
            raise unreachable(self.url, "fetch", done)

    def _fetch(self, *arguments: str) -> Done:
        options = [each for each in arguments if each.startswith("--")]
        refspecs = [each for each in arguments if not each.startswith("--")]
        # A promisor must be a named remote; an address with a password in it must not reach the config.
        origin = "origin" if self.filter else self.url
        fixed = ("--quiet", "--no-tags", "--no-write-fetch-head", "--update-head-ok", "--no-auto-maintenance")
        return self.git.call("fetch", *fixed, *options, "--", origin, *refspecs)

    def _amount(self) -> tuple[str, ...]:
        depth = (f"--depth={self.depth}",) if self.depth else ()
        return (*depth, f"--filter={self.filter}") if self.filter else depth


class Layout(NamedTuple):
    """What a fresh repository is told about itself."""

    url: str
    head: str
    base: str
    author: str
    email: str
    filter: str = ""

    @classmethod
    def of(cls, train: TrainOrders, head: str) -> "Layout":
        """The layout for one bead's work branch."""
        plain = address.shown(train.repository)
        partial = (
            train.filter if plain == train.repository and not address.lent_objects(train.repository) else ""
        )
        return cls(plain, head, train.base, train.author, train.email, partial)

    def lay(self, work_tree: Path, lender: Path | None) -> Path:
        """Make `.git` in the directory, without a process. Returns the git directory."""
        directory = work_tree / ".git"
        lay_bare(directory, lender)
        (directory / "HEAD").write_text(f"ref: refs/heads/{self.head}\n", encoding="utf-8")
        (directory / "config").write_text(self.config(), encoding="utf-8")
        return directory

    def lay_bare(self, directory: Path, lender: Path | None) -> None:
        """Make a bare repository that fetches as the work tree's would."""
        lay_bare(directory, lender)
        (directory / "config").write_text(self.config(bare=True), encoding="utf-8")

    def config(self, *, bare: bool = False) -> str:
        """The repository's config: the identity, the address, and nothing secret."""
        lines = [
            "[core]",
            f"\trepositoryformatversion = {int(bool(self.filter))}",
            "\tfilemode = true",
            f"\tbare = {str(bare).lower()}",
            "\tlogallrefupdates = true",
            "[user]",
            f"\tname = {_quoted(self.author)}",
            f"\temail = {_quoted(self.email)}",
            "[commit]",
            "\tgpgsign = false",
            "[gc]",
            "\tauto = 0",
            '[remote "origin"]',
            f"\turl = {_quoted(self.url)}",
            f"\tfetch = {_quoted(f'+refs/heads/{self.base}:refs/remotes/origin/{self.base}')}",
        ]
        if bare:
            # One pack, whatever its size: the agent's repository is laid by copying it.
            lines += ["[fetch]", "\tunpackLimit = 1"]
        if self.filter:
            lines += ["\tpromisor = true", f"\tpartialclonefilter = {_quoted(self.filter)}"]
            lines += ["[extensions]", "\tpartialClone = origin"]
        return "\n".join(lines) + "\n"


def lay_bare(directory: Path, lender: Path | None) -> None:
    """The least that git takes for a repository, its objects borrowed from `lender` where there is one."""
    for each in ("objects/info", "objects/pack", "refs/heads", "info"):
        (directory / each).mkdir(parents=True, exist_ok=True)
    (directory / "HEAD").write_text("ref: refs/heads/nothing\n", encoding="utf-8")
    (directory / "config").write_text("[core]\n\trepositoryformatversion = 0\n", encoding="utf-8")
    if lender:
        (directory / _LENDER).write_text(f"{lender}\n", encoding="utf-8")


def borrows(directory: Path, lender: Path) -> bool:
    """Whether a repository was laid over the objects of this lender."""
    try:
        return (directory / _LENDER).read_text(encoding="utf-8") == f"{lender}\n"
    except OSError:
        return False


def commit_of(directory: Path, ref: str) -> str:
    """The commit of a ref that was fetched just now, read from its file. Raises Unreachable when it did not come."""
    try:
        return (directory / ref).read_text(encoding="ascii").strip()
    except OSError as error:
        raise Unreachable(f"{ref} was not fetched: it went away meanwhile; run the step again") from error


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ").replace("\0", "")
    return f'"{escaped}"'
