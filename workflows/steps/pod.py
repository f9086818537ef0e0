"""What a step is told by its environment: which bead, where its files are, which credentials it may use."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Self

from workflows.orders import TaskOrders, TrainOrders
from workflows.steps.errors import OrdersUnread

WORK, RESOLVE = "work", "resolve"
"""The modes of a polecat: a task, or the conflict of a task that is done."""

TERMINATION_LOG = Path("/dev/termination-log")


class Pod(NamedTuple):
    """One container's view of its pod. `bead` is empty for a step that is about none, `cache` and `credentials` are None where
    nothing is mounted.

    `patience` is how long a push that does not get through is tried again, `silence` how long the launcher may miss its
    heartbeat, `lease` how long another merge step that leads may; all in seconds.
    """

    bead: str
    mode: str
    tasks: Path
    workspace: Path
    cache: Path | None = None
    credentials: Path | None = None
    termination_log: Path | None = None
    patience: float = 300.0
    silence: float = 60.0
    lease: float = 45.0

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """Read the variables of the contract. Raises OrdersUnread for one that makes no sense."""
        return cls(
            bead=environ.get("GASTOWN_BEAD", ""),
            mode=environ.get("GASTOWN_MODE", "") or WORK,
            tasks=Path(environ.get("GASTOWN_TASKS", "") or "/tasks"),
            workspace=Path(environ.get("GASTOWN_WORKSPACE", "") or "/workspace").absolute(),
            cache=_directory(environ.get("GASTOWN_CACHE", "")),
            credentials=_directory(environ.get("GASTOWN_GIT_CREDENTIALS", "")),
            termination_log=termination_log(environ),
            patience=_seconds(environ, "GASTOWN_PATIENCE", 300.0),
            silence=_seconds(environ, "GASTOWN_SILENCE", 60.0),
            lease=_seconds(environ, "GASTOWN_LEASE", 45.0),
        )

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


def _directory(path: str) -> Path | None:
    return Path(path) if path and Path(path).is_dir() else None


def _seconds(environ: Mapping[str, str], name: str, usual: float) -> float:
    try:
        return float(environ.get(name) or usual)
    except ValueError as error:
        raise OrdersUnread(f"{name} is {environ[name]!r}: give a number of seconds") from error
