"""The orders that travel to the pods as files: everything that a step must know and that may hold user text.

Argo expands `{{...}}` anywhere in a Workflow, without escape, so titles, prompts, commands and messages never stand in
the spec. They stand here, in a ConfigMap mounted at `/tasks`, and the spec holds ids only.

`/tasks/train.json` is a `TrainOrders`, `/tasks/task.<bead>.json` a `TaskOrders`. Named tuples, not dataclasses: every step reads
them, and importing dataclasses alone takes a quarter of a step's start.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Self

TRAIN_FILE = "train.json"
CHECK_FILE = "check.json"
SPENT_FILE = "spent"
"""There once a convoy has spent its budget; holds the sentence that says so."""


def task_file(bead: str) -> str:
    """The file that holds the orders of one bead."""
    return f"task.{bead}.json"


def ended_file(bead: str) -> str:
    """The file that is there once somebody terminated a bead's polecat; it holds the sentence that says so."""
    return f"ended.{bead}"


class Gate(NamedTuple):
    """A shell command that must succeed on the candidate before it is pushed; `timeout` in seconds.

    Gates beside each other that are `parallel` run at the same time, in the same work tree.
    """

    name: str
    command: str
    timeout: int = 1800
    parallel: bool = False


class AgentReport(NamedTuple):
    """How to read what an agent says of its own run: paths of `workflows.transcript.paths`, empty for "not told".

    `format` is `lines` (an object a line: words count where they stand last, tokens and cost are added up), `json` (the last
    object has it all) or `text` (the last lines are the summary). `error` tells that it failed, `status` the HTTP status of its
    model's answer, `refused` that its model declined.
    """

    format: str = "text"
    summary: str = ""
    cost: str = ""
    tokens: tuple[str, ...] = ()
    error: str = ""
    status: str = ""
    refused: str = ""


class AgentOrders(NamedTuple):
    """One agent, resolved: what to run and how to read how it ended. Times are seconds, costs dollars.

    `command` is an argument list in which `{prompt}`, `{prompt_file}`, `{model}` and `{budget}` stand for their values; without the
    first two the task is its standard input. `resume` replaces it when the agent is started again after parking. `stream` names the
    dialect in which its output is shown to people. `files` are laid into its HOME, `droppings` are its own files in the work tree, as
    patterns of a `.gitignore` at its root: they are never committed. `idle` is how long it may print and change nothing, 0 for ever.

    The `*_patterns` are regular expressions over what it says of its failure, `codes` reasons of exit codes; `zero_fails` tells
    that its patterns count although it exited with 0.
    """

    name: str
    command: tuple[str, ...]
    resume: tuple[str, ...] = ()
    environment: Mapping[str, str] = MappingProxyType({})
    files: Mapping[str, str] = MappingProxyType({})
    model: str = ""
    timeout: int = 3600
    park: int = 3600
    budget: float = 0.0
    idle: int = 0
    auth_patterns: tuple[str, ...] = ()
    rate_patterns: tuple[str, ...] = ()
    budget_patterns: tuple[str, ...] = ()
    context_patterns: tuple[str, ...] = ()
    model_patterns: tuple[str, ...] = ()
    refusal_patterns: tuple[str, ...] = ()
    failure_patterns: tuple[str, ...] = ()
    codes: Mapping[str, str] = MappingProxyType({})
    zero_fails: bool = False
    droppings: tuple[str, ...] = ()
    stream: str = ""
    report: AgentReport = AgentReport()


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


_LISTS = ("protected", "branches")


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
    `source` is where the event stands that made the convoy, empty where a person made it. `sign` tells that merged commits are signed.
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
        agent = self.agent._asdict() | {
            "environment": dict(self.agent.environment),
            "files": dict(self.agent.files),
            "codes": dict(self.agent.codes),
            "report": self.agent.report._asdict(),
        }
        whole = self._asdict() | {"agent": agent, "gates": [gate._asdict() for gate in self.gates]}
        pulls = whole.pop("pulls")
        lists = {name: list(whole.pop(name)) for name in _LISTS}
        told = lists | {name: whole.pop(name) for name in ("uid", "source", "sign")}
        told |= {"pulls": pulls._asdict() if pulls else None}
        return _dump(whole | {name: value for name, value in told.items() if value})

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the orders that the pod was given. Raises OSError or ValueError when they are not there or not whole."""
        raw = json.loads((directory / TRAIN_FILE).read_text(encoding="utf-8"))
        agent = _tuples(raw["agent"])
        agent["report"] = AgentReport(**_tuples(agent["report"]))
        pulls = PullOrders(**_tuples(raw["pulls"])) if raw.get("pulls") else None
        gates = tuple(Gate(**gate) for gate in raw["gates"])
        lists = {name: tuple(raw.get(name, ())) for name in _LISTS}
        whole = {"agent": AgentOrders(**agent), "gates": gates, "pulls": pulls, **lists}
        return cls(**raw | whole)


class TaskOrders(NamedTuple):
    """One bead's work. `prompt` is the whole text for the agent, `priority` 0 (first) to 4, `branch` the work branch, `rejected` the
    commit that a person sent back: as long as it is what is published, the work is not done.
    """

    task: str
    bead: str
    title: str
    prompt: str
    branch: str
    polecat: str
    priority: int = 2
    rejected: str = ""

    def dump(self) -> str:
        """The file's text."""
        return _dump(self._asdict())

    @classmethod
    def load(cls, directory: Path, bead: str) -> Self:
        """Read one bead's orders. Raises OSError or ValueError when they are not there or not whole."""
        return cls(**json.loads((directory / task_file(bead)).read_text(encoding="utf-8")))


class CheckOrders(NamedTuple):
    """What a rig's repository is asked for: whether it answers, and whether it has the branch `base`.

    `host_keys` is how ssh treats a host that it does not know: `yes`, `accept-new` or `no`.
    """

    repository: str
    base: str
    host_keys: str = "yes"

    def dump(self) -> str:
        """The file's text."""
        return _dump(self._asdict())

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the orders that the pod was given. Raises OSError or ValueError when they are not there or not whole."""
        return cls(**json.loads((directory / CHECK_FILE).read_text(encoding="utf-8")))


def _dump(orders: dict[str, Any]) -> str:
    return json.dumps(orders, ensure_ascii=False, separators=(",", ":"))


def _tuples(raw: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}
