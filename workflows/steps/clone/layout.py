"""The repositories of one pod: `main`'s own, the agent's, and the courier's, the last two laid from the first."""

import contextlib
import os
from pathlib import Path
from typing import NamedTuple

from workflows.orders import TaskOrders, TrainOrders
from workflows.steps.git import address
from workflows.steps.git.checkout import Layout, lay_bare
from workflows.steps.git.command import Git
from workflows.steps.pod.environment import Pod
from workflows.steps.pod.ledger import Ledger
from workflows.steps.pod.private import remove_tree
from workflows.steps.pod.workspace import Workspace
from workflows.steps.wall import keyless
from workflows.steps.wall.brief import Brief
from workflows.steps.wall.door import Folder
from workflows.steps.wall.sighting import REPOSITORY

LAID = "laid-index"
"""In the courier's repository: the index as clone leaves it, by which is told what an agent touched."""

SPARE_TIME = 600.0
"""Seconds over its own limits, timeout and parking, after which an agent is given up."""

_CHUNK = 1 << 20
_USERS_RULES = ("core.autocrlf", "core.eol")


class Desk(NamedTuple):
    """Where clone works. `git` has the key."""

    pod: Pod
    workspace: Workspace
    ledger: Ledger
    train: TrainOrders
    task: TaskOrders
    git: Git

    @property
    def own(self) -> Git:
        """Git in `main`'s own repository."""
        return self.git.having(GIT_DIR=self.ledger.repository)

    @property
    def agents(self) -> Git:
        """Git in the agent's repository: only while no agent has had it."""
        repo = self.workspace.repo
        return self.git.within(repo).having(GIT_DIR=repo / ".git", GIT_WORK_TREE=repo, GIT_INDEX_VERSION="2")

    def is_whole(self) -> bool:
        """Whether an earlier run laid all of it."""
        return (self.ledger.repository / "HEAD").is_file() and (
            self.pod.handover / REPOSITORY / LAID
        ).is_file()

    def clear(self) -> None:
        """Remove what an earlier run left, and lay `main`'s own repository."""
        for path in (self.workspace.repo, self.workspace.run, self.pod.handover, self.ledger.repository):
            remove_tree(path)
        self.pod.handover.mkdir(mode=self.pod.folder_mode, parents=True)
        self._layout.lay_bare(self.ledger.repository, self._lender)

    def lay(self, refs: dict[str, str]) -> Git:
        """Lay the agent's repository with these refs, by copies of all objects. Answers with git in it."""
        keyless.lay_folder(self.workspace.root, "repo")
        directory = self._layout.lay(self.workspace.repo, self._lender)
        own = self.ledger.repository
        for path in (own / "objects" / "pack").iterdir():
            _copy(path, directory / "objects" / "pack" / path.name, link=self.pod.credentials is None)
        with contextlib.suppress(FileNotFoundError):
            (directory / "shallow").write_bytes((own / "shallow").read_bytes())
        for ref, sha in refs.items():
            file = directory / ref
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{sha}\n", encoding="ascii")
        return self.agents

    def brief(self) -> None:
        """Lay the courier's repository, and tell it what to watch."""
        agent = self.train.agent
        if not (self.pod.handover / REPOSITORY / LAID).is_file():
            self._lay_couriers()
        packs = (self.ledger.repository / "objects" / "pack").glob("*.pack")
        with Folder.at(self.pod.handover) as folder:
            Brief(
                branch=self.task.branch,
                agent=agent,
                interval=self.train.push_interval,
                longest=agent.timeout + agent.park + SPARE_TIME,
                packs=tuple(path.name for path in packs),
            ).save(folder)

    def _lay_couriers(self) -> None:
        directory = self.pod.handover / REPOSITORY
        lay_bare(directory, None)
        config, exclude = (
            ["[core]", "\trepositoryformatversion = 0", "\tbare = false"],
            list(self.train.agent.droppings),
        )
        if self.pod.credentials is None:
            rules = self._users_rules()
            config += [
                f"\t{name.partition('.')[2]} = {value}"
                for name, value in rules.items()
                if name in _USERS_RULES
            ]
            exclude = [_text(_home_path(rules.get("core.excludesfile", ""))), *exclude]
        (directory / "config").write_text("\n".join([*config, ""]), encoding="utf-8")
        (directory / "info" / "exclude").write_text("\n".join([*exclude, ""]), encoding="utf-8")
        index = self.workspace.repo / ".git" / "index"
        fresh = directory / f".{LAID}"
        fresh.write_bytes(index.read_bytes() if index.is_file() else _EMPTY_INDEX)
        fresh.replace(directory / LAID)

    def _users_rules(self) -> dict[str, str]:
        """On one machine the user's own rules for files hold, as they do where the agent runs git."""
        done = self.git.within(self.pod.handover).call(
            "config", "--global", "--get-regexp", r"^core\.(excludesfile|autocrlf|eol)$"
        )
        pairs = (line.partition(" ") for line in done.out.splitlines())
        return {name.lower(): value for name, _, value in pairs}

    @property
    def _layout(self) -> Layout:
        return Layout.of(self.train, self.task.branch)

    @property
    def _lender(self) -> Path | None:
        return address.lent_objects(self.train.repository)


_EMPTY_INDEX = b"DIRC\0\0\0\2\0\0\0\0" + bytes.fromhex("39d890139ee5356c7ef572216cebcd27aa41f9df")


def _copy(source: Path, target: Path, *, link: bool) -> None:
    """On one machine a link does: agent and steps are one user there."""
    if link:
        with contextlib.suppress(OSError):
            os.link(source, target)
            return
    # shutil, with the compressors that it imports, would cost each start 6 ms.
    with source.open("rb") as given, target.open("xb") as taken:
        while data := given.read(_CHUNK):
            taken.write(data)
    target.chmod(0o444)


def _home_path(told: str) -> Path:
    if told:
        return Path(told).expanduser()
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "git" / "ignore"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
