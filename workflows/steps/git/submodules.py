"""Submodules: commits of other repositories that a commit refers to. They must be on their servers when it lands, and gates need them."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from workflows.steps.errors import Refused, StepError
from workflows.steps.git import address
from workflows.steps.git.additions import Addition
from workflows.steps.git.checkout import lay_bare
from workflows.steps.git.command import Git
from workflows.steps.git.remote import unreachable

LINK = "160000"
"""The mode under which a tree holds a commit of another repository."""

NESTED, MOST = 8, 200
"""How deep submodules of submodules are followed, and how many in all."""

_ABSENT = ("not our ref", "couldn't find remote ref", "unadvertised object", "did not send all necessary")


class Submodule(NamedTuple):
    """A link to a commit. `url` is its server, empty where `.gitmodules` names none."""

    name: str
    path: str
    commit: str
    url: str


class Modules(NamedTuple):
    """Commits of submodules in a repository of their own. `git` may reach the repository `url`, which links to them.

    Its key goes to no other repository but those of the same server that the target links to already: whatever else a bead links to, its
    gates would see.
    """

    git: Git
    url: str
    directory: Path

    def check(self, added: Iterable[Addition], tip: str, target: str) -> None:
        """Raises Refused for a link among these to a commit that its server does not have; Unreachable where it is silent."""
        links = {each.path: each.sha for each in added if each.mode == LINK}
        known = self._known(target) if links else frozenset()
        for each in _named(self.git, self.url, tip, links):
            if not each.url:
                raise Refused(
                    f"{each.path}: a commit of another repository that .gitmodules does not name, so a clone lacks it; "
                    "add it with `git submodule add`, or its files, then sling the bead again"
                )
            self._brought(each, self.url, keyed=each.url in known)

    def bring(self, tips: Sequence[str], target: str) -> Iterator[str]:
        """Fetch all that these commits link to, and what that links to; says what could not be had."""
        linking = _linking(self.git, tips)
        known = self._known(target) if linking else frozenset()
        due = [(each, self.url, 1) for tip in linking for each in linked(self.git, self.url, tip)]
        seen: set[str] = set()
        while due and len(seen) < MOST:
            each, parent, depth = due.pop()
            if each.commit in seen:
                continue
            seen.add(each.commit)
            try:
                self._brought(each, parent, keyed=depth == 1 and each.url in known)
            except StepError as error:
                yield str(error)
                continue
            if depth < NESTED:
                inner = (
                    found
                    for tip in _linking(self._own, [each.commit])
                    for found in linked(self._own, each.url, tip)
                )
                due += [(found, each.url, depth + 1) for found in inner]

    def has(self, commit: str) -> bool:
        """Whether a commit was brought."""
        return self.directory.is_dir() and self._own.call("cat-file", "-e", f"{commit}^{{commit}}").code == 0

    def _known(self, target: str) -> frozenset[str]:
        return frozenset(
            each.url
            for tip in _linking(self.git, [target])
            for each in linked(self.git, self.url, tip)
            if _same_server(self.url, each.url)
        )

    @property
    def _own(self) -> Git:
        return self.git.having(GIT_DIR=self.directory)

    def _brought(self, module: Submodule, parent: str, *, keyed: bool) -> None:
        """Raises Refused or Unreachable."""
        if self.has(module.commit):
            return
        if not _reachable(parent, module.url):
            raise Refused(f"submodule {module.name}: its address {module.url!r} is none that can be asked")
        lay_bare(self.directory, None)
        # A relative address has the password that stands in the rig's own.
        git, url = (self._own, module.url) if keyed else (_keyless(self._own), address.shown(module.url))
        done = git.call("fetch", "--quiet", "--no-tags", "--depth=1", "--", url, module.commit)
        if done.code and any(sign in done.err for sign in _ABSENT):
            raise Refused(
                f"submodule {module.name}: its commit {module.commit[:12]} is not on {address.shown(module.url)}, so a clone "
                "would fail; push it there, then sling the bead again"
            )
        if done.code:
            error = unreachable(module.url, "fetch", done)
            if not error.reason.final:
                raise type(error)(f"submodule {module.name}: {error}")
            raise Refused(f"submodule {module.name}: nobody can tell whether its commit is there: {error}")


def linked(git: Git, url: str, tip: str) -> list[Submodule]:
    """All links of a commit that `.gitmodules` names."""
    rows = (row.partition("\t") for row in git.run("ls-tree", "-r", "-z", tip).split("\0"))
    links = {path: facts.split(" ")[2] for facts, _, path in rows if facts.startswith(LINK)}
    return [each for each in _named(git, url, tip, links) if each.url]


def _linking(git: Git, tips: Sequence[str]) -> list[str]:
    """Those of these commits that have a `.gitmodules`."""
    asked = "".join(f"{tip}:.gitmodules\n" for tip in tips)
    told = git.run("cat-file", "--batch-check", text=asked).splitlines()
    return [tip for tip, line in zip(tips, told, strict=True) if " blob " in line]


def resolved(parent: str, url: str) -> str:
    """A submodule's address, which may be told relative to that of the repository that links to it."""
    base = parent.rstrip("/")
    if not url.startswith(("./", "../")):
        return url
    while url.startswith(("./", "../")):
        step, _, url = url.partition("/")
        if step == "..":
            base = base.rpartition("/")[0] if "/" in base else f"{base.rpartition(':')[0]}:"
    return f"{base}{url}" if base.endswith(":") else f"{base}/{url}"


def _named(git: Git, parent: str, tip: str, links: dict[str, str]) -> list[Submodule]:
    if not links:
        return []
    told = git.call(
        "config", "--blob", f"{tip}:.gitmodules", "-z", "--get-regexp", r"^submodule\..*\.(path|url)$"
    )
    found: dict[str, dict[str, str]] = {}
    for line in told.out.split("\0") if told.code == 0 else ():
        key, _, value = line.partition("\n")
        name, _, field = key.removeprefix("submodule.").rpartition(".")
        found.setdefault(name, {})[field] = value
    named = {each.get("path"): (name, resolved(parent, each.get("url", ""))) for name, each in found.items()}
    return [
        Submodule(named.get(path, (path, ""))[0], path, sha, named.get(path, ("", ""))[1])
        for path, sha in links.items()
    ]


def _reachable(parent: str, url: str) -> bool:
    """A file of the machine is an address only for a repository of the machine: others may not look around here."""
    if url.startswith(("https://", "http://", "ssh://", "git://")):
        return True
    if url.startswith("-") or "::" in url:
        return False
    local = (parent.startswith("/"), parent.startswith("file:///"))
    return address.host(url) is not None or (any(local) and url.startswith(("/", "file:///")))


def _same_server(one: str, other: str) -> bool:
    return (address.host(one), address.origin(one)) == (address.host(other), address.origin(other))


def _keyless(git: Git) -> Git:
    """Nobody hears of the mounted key."""
    if not git.environment.get("GASTOWN_GIT_CREDENTIALS"):
        return git
    return git.having(GASTOWN_GIT_CREDENTIALS="", GIT_SSH_COMMAND="ssh -o BatchMode=yes")
