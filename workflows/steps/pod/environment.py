"""What a step is told by its environment: which bead, where its files are, which credentials it may use."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Self

from workflows.orders import TaskOrders, TrainOrders
from workflows.steps.errors import OrdersUnread

WORK, RESOLVE = "work", "resolve"
"""The modes of a polecat: a task, or the conflict of a task that is done."""

TERMINATION_LOG = Path("/dev/termination-log")


class Parking(NamedTuple):
    """Whether a merge may give way to a wait without a pod: `depth` waits and conflicts lie around it, and `look` tries of its node before it."""

    depth: int
    look: int


class Pod(NamedTuple):
    """One container's view of its pod. `bead` is empty for a step that is about none, `cache`, `credentials` and `forge_token` are None where
    nothing is mounted.

    Four folders part what an agent writes from what holds a key. `workspace` (GASTOWN_WORKSPACE) is the agent's and the courier's;
    `handover` (GASTOWN_HANDOVER) is written by the courier, and `main` leaves its wishes there; `private` (GASTOWN_PRIVATE) is for clone and
    `main` alone; `out` (GASTOWN_OUT) takes `main`'s outputs. Where a pod does not name the last three they lie together, out of the
    agent's sight beside a key, else inside the workspace. `courier_runs` tells that the courier has a container of its own, and `apart`
    (GASTOWN_USERS=apart) that `main` is another user than the rest, of the same group.

    `patience` is how long a push that does not get through is tried again, `silence` how long the launcher may miss its
    heartbeat, `lease` how long another merge step that leads may; all in seconds. `parking` is there where the graph has waits for people,
    and gates that take longer than `quick` seconds are told of on the pull request while they run. `lands` has a polecat merge what it published.
    """

    bead: str
    mode: str
    tasks: Path
    workspace: Path
    handover: Path
    private: Path
    out: Path
    courier_runs: bool = False
    apart: bool = False
    cache: Path | None = None
    credentials: Path | None = None
    forge_token: Path | None = None
    signing_key: Path | None = None
    termination_log: Path | None = None
    patience: float = 300.0
    silence: float = 60.0
    lease: float = 45.0
    parking: Parking | None = None
    quick: float = 10.0
    lands: bool = False

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """Read the variables of the contract. Raises OrdersUnread for one that makes no sense."""
        workspace = Path(environ.get("GASTOWN_WORKSPACE", "") or "/workspace").absolute()
        own = _own_place(environ, workspace)
        return cls(
            bead=environ.get("GASTOWN_BEAD", ""),
            mode=environ.get("GASTOWN_MODE", "") or WORK,
            tasks=Path(environ.get("GASTOWN_TASKS", "") or "/tasks"),
            workspace=workspace,
            handover=Path(environ.get("GASTOWN_HANDOVER") or own / "handover").absolute(),
            private=Path(environ.get("GASTOWN_PRIVATE") or own / "private").absolute(),
            out=Path(environ.get("GASTOWN_OUT") or _out(environ, workspace, own)).absolute(),
            courier_runs=bool(environ.get("GASTOWN_HANDOVER")),
            apart=environ.get("GASTOWN_USERS") == "apart",
            cache=_directory(environ.get("GASTOWN_CACHE", "")),
            credentials=_directory(environ.get("GASTOWN_GIT_CREDENTIALS", "")),
            forge_token=_file(environ.get("GASTOWN_FORGE_TOKEN", "")),
            signing_key=_file(environ.get("GASTOWN_SIGNING_KEY", "")),
            termination_log=termination_log(environ),
            patience=_seconds(environ, "GASTOWN_PATIENCE", 300.0),
            silence=_seconds(environ, "GASTOWN_SILENCE", 60.0),
            lease=_seconds(environ, "GASTOWN_LEASE", 45.0),
            parking=_parking(environ),
            quick=_seconds(environ, "GASTOWN_QUICK", 10.0),
            lands=environ.get("GASTOWN_LANDS") == "true",
        )

    @property
    def folder_mode(self) -> int:
        """Of a folder that the containers of this pod share, and nobody else."""
        return 0o770 if self.apart else 0o700

    def orders(self) -> tuple[TrainOrders, TaskOrders]:
        """The orders of the train and of this bead. Raises OrdersUnread, also when the bead is not named."""
        if not self.bead:
            raise OrdersUnread("GASTOWN_BEAD is not set: this program runs as a step of a compiled Workflow")
        try:
            return TrainOrders.load(self.tasks), TaskOrders.load(self.tasks, self.bead)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise OrdersUnread(
                f"the orders of {self.bead} in {self.tasks} cannot be read ({error}): "
                "submit the convoy again with a matching version of gastown"
            ) from error


def termination_log(environ: Mapping[str, str]) -> Path | None:
    """The file in which Kubernetes shows a failed container's last words, where there is one."""
    told = environ.get("GASTOWN_TERMINATION_LOG", "")
    if told:
        return Path(told)
    return TERMINATION_LOG if os.access(TERMINATION_LOG, os.W_OK) else None


def _own_place(environ: Mapping[str, str], workspace: Path) -> Path:
    """Where a pod's own folders lie when it names none; the same for all its containers that hold the key."""
    if not _directory(environ.get("GASTOWN_GIT_CREDENTIALS", "")):
        return workspace / "private"
    name = hashlib.sha256(os.fsencode(workspace)).hexdigest()[:16]
    return Path(environ.get("TMPDIR") or Path("/", "tmp")) / f"gastown-{name}"


def _out(environ: Mapping[str, str], workspace: Path, own: Path) -> Path:
    return own / "out" if _directory(environ.get("GASTOWN_GIT_CREDENTIALS", "")) else workspace / "out"


def _directory(path: str) -> Path | None:
    return Path(path) if path and Path(path).is_dir() else None


def _file(path: str) -> Path | None:
    return Path(path) if path and Path(path).is_file() else None


def _parking(environ: Mapping[str, str]) -> Parking | None:
    depth, look = (environ.get(name, "") for name in ("GASTOWN_DEPTH", "GASTOWN_LOOK"))
    return Parking(int(depth), int(look)) if depth.isdecimal() and look.isdecimal() else None


def _seconds(environ: Mapping[str, str], name: str, usual: float) -> float:
    try:
        return float(environ.get(name) or usual)
    except ValueError as error:
        raise OrdersUnread(f"{name} is {environ[name]!r}: give a number of seconds") from error
