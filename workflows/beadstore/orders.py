"""The orders of the pod that reads a bead file: they travel as a file, because an address may hold what Argo would expand."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

from workflows.steps.errors import OrdersUnread

STORE_FILE = "store.json"


class StoreOrders(NamedTuple):
    """Which file to read, and what the ConfigMaps that hand it over are called and belong to.

    `name` begins their names, `uid` is the bead store's, `metadata` is what all of them carry.
    """

    name: str
    uid: str
    repository: str
    branch: str
    path: str
    metadata: Mapping[str, Any]

    def dump(self) -> str:
        """The file's text."""
        return json.dumps(self._asdict(), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the orders that the pod was given. Raises OrdersUnread."""
        try:
            return cls(**json.loads((directory / STORE_FILE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise OrdersUnread(
                f"the orders in {directory / STORE_FILE} cannot be read ({error}): "
                "let the adapter write them again by deleting the CronWorkflow of the bead store"
            ) from error
