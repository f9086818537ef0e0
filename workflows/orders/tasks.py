"""The orders of one pod: a bead's work, or a check of a rig's repository."""

import json
from pathlib import Path
from typing import NamedTuple, Self

from workflows.orders.files import CHECK_FILE, dumped, task_file


class TaskOrders(NamedTuple):
    """One bead's work. `prompt` is the whole text for the agent, `priority` 0 (first) to 4, `branch` the work branch, `rejected` the
    commit that a person sent back: as long as it is what is published, the work is not done.

    `taken_up` tells that the work stands in the repository, on the branch or, with `reverts`, as the reverse of a merge, which is named as
    `<convoy>/<bead>`. With `by_hand` no agent takes what conflicts.
    """

    task: str
    bead: str
    title: str
    prompt: str
    branch: str
    polecat: str
    priority: int = 2
    rejected: str = ""
    taken_up: bool = False
    reverts: str = ""
    by_hand: bool = False

    @property
    def bead_reverted(self) -> str:
        """The bead whose merge is taken back; empty for any other work."""
        return self.reverts.rpartition("/")[2]

    def dump(self) -> str:
        """The file's text."""
        rare = ("taken_up", "reverts", "by_hand")
        return dumped({name: value for name, value in self._asdict().items() if value or name not in rare})

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
        return dumped(self._asdict())

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the orders that the pod was given. Raises OSError or ValueError when they are not there or not whole."""
        return cls(**json.loads((directory / CHECK_FILE).read_text(encoding="utf-8")))
