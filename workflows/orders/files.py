"""The files of orders: what they are called, and how they are written."""

import json
from collections.abc import Mapping
from typing import Any

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


def dumped(orders: dict[str, Any]) -> str:
    """The text of a file of orders."""
    return json.dumps(orders, ensure_ascii=False, separators=(",", ":"))


def tuples(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What was read, with lists as the tuples that they were."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}
