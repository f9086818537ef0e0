"""The orders of a Workflow: what holds for all its beads."""

import json
from pathlib import Path
from typing import NamedTuple, Self

from workflows.orders.agent import AgentOrders
from workflows.orders.files import TRAIN_FILE, dumped, tuples


class Gate(NamedTuple):
    """A shell command that must succeed on the candidate before it is pushed; `timeout` in seconds.

    Gates beside each other that are `parallel` run at the same time, in the same work tree.
    """

    name: str
    command: str
    timeout: int = 1800
    parallel: bool = False


class PullOrders(NamedTuple):
    """Where and how work is handed over by pull request.

    `kind`, `repository` and `api` name the forge, `method` is its way to merge (`squash`, `merge`, `rebase`), `wait` what is waited for
    (`Checks`, `Review`, `Person`), `context` the status of the gates; `queue` allows the forge's own merge queue.
    """

    kind: str
    repository: str
    api: str = ""
    method: str = "squash"
    wait: str = "Checks"
    draft: bool = False
    queue: bool = False
    reviewers: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    context: str = "gastown/gates"


_LISTS = ("protected", "branches", "slings")


class TrainOrders(NamedTuple):
    """What holds for all beads of one Workflow. `created` is the convoy's creation as an RFC 3339 time.

    `merge` is `direct` (the refinery merges), `pr` (it hands over as `pulls` says) or `none` (publish only); `style` is `squash`, `merge` or `rebase`, `author` and `email`
    are who commits, `committer` and `committer_email` who merges where that is somebody else, and `sign_off` whether they sign off
    what they merge. `parallelism` is how many gates run at once. `depth` 0 clones all
    history. `rounds` is how often a conflict is handed back to an agent before a human is asked, `flaky` how often a red gate is
    run again before it counts. `beads` is the file in which merged beads are closed, empty where nobody asked for it.
    `host_keys` is how ssh treats a host that it does not know: `yes`, `accept-new` or `no`. `key_for` is the address that the mounted
    key was given for: another one never hears of it. `protected` are globs of files that only a person may merge changes of.
    `commit_page` and `branch_page` are addresses of the forge with `{}` for the commit or the branch. `uid` is the convoy's, which no other ever
    has, and `branches` globs of the branches that its polecats may work on; empty where nobody said.
    `source` is where the event stands that made the convoy, empty where a person made it. `slings` are the events on pull requests for which
    triggers of the rig make a convoy of their own. `sign` tells that merged commits are signed. `waits` tells that a bead which another
    convoy works is waited for, because the convoy brings new words for it and nobody is there to sling it again.
    """

    convoy: str
    rig: str
    repository: str
    base: str
    target: str
    created: str
    agent: AgentOrders
    merge: str = "direct"
    style: str = "squash"
    gates: tuple[Gate, ...] = ()
    flaky: int = 0
    batch: int = 5
    rounds: int = 2
    depth: int = 50
    filter: str = ""
    author: str = "Gas Town Polecat"
    email: str = "polecat@gastown.io"
    push_interval: int = 60
    beads: str = ""
    host_keys: str = "yes"
    committer: str = ""
    committer_email: str = ""
    key_for: str = ""
    sign_off: bool = False
    parallelism: int = 1
    pulls: PullOrders | None = None
    protected: tuple[str, ...] = ()
    commit_page: str = ""
    branch_page: str = ""
    uid: str = ""
    branches: tuple[str, ...] = ()
    source: str = ""
    sign: bool = False
    slings: tuple[str, ...] = ()
    waits: bool = False

    @property
    def identity(self) -> str:
        """Whose work it is: the same for each attempt of a convoy, another for a later convoy of the same name."""
        return f"{self.convoy}/{self.uid or self.created}"

    def shown_commit(self, sha: str) -> str:
        """Where people see a commit: its page on the forge, or the commit itself where none is known."""
        return self.commit_page.replace("{}", sha) if self.commit_page and sha else sha

    def shown_branch(self, branch: str) -> str:
        """Where people see a branch, or its name."""
        # Of what a branch may be called, these mean something else in an address; urllib would cost each step its import.
        named = branch.replace("%", "%25").replace("#", "%23")
        return self.branch_page.replace("{}", named) if self.branch_page else branch

    @property
    def merger(self) -> tuple[str, str]:
        """Name and address of who merges."""
        return (self.committer, self.committer_email) if self.committer else (self.author, self.email)

    def dump(self) -> str:
        """The file's text."""
        whole = self._asdict() | {
            "agent": self.agent.dump(),
            "gates": [gate._asdict() for gate in self.gates],
        }
        pulls = whole.pop("pulls")
        lists = {name: list(whole.pop(name)) for name in _LISTS}
        told = lists | {name: whole.pop(name) for name in ("uid", "source", "sign", "waits")}
        told |= {"pulls": pulls._asdict() if pulls else None}
        return dumped(whole | {name: value for name, value in told.items() if value})

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the orders that the pod was given. Raises OSError or ValueError when they are not there or not whole."""
        raw = json.loads((directory / TRAIN_FILE).read_text(encoding="utf-8"))
        pulls = PullOrders(**tuples(raw["pulls"])) if raw.get("pulls") else None
        gates = tuple(Gate(**gate) for gate in raw["gates"])
        lists = {name: tuple(raw.get(name, ())) for name in _LISTS}
        whole = {"agent": AgentOrders.of(raw["agent"]), "gates": gates, "pulls": pulls, **lists}
        return cls(**raw | whole)
