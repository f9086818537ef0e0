"""One row of the town's state to what it says. A row may be damaged, and a newer version may have written it: then its own object can't be
had, and whatever looks at all of them goes on without it.
"""

import contextlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from crds import Manifest
from workflows.clean import clip
from workflows.errors import Damaged, why

_WORDS = 200
"""Bytes of what is wrong with a row."""

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

_ASKED = frozenset({"Convoy", "Rig", "Refinery"})
"""Kinds with a `spec`, of which fields are used without a look at the rest of it."""


def decoded(kind: str, name: str, text: bytes) -> Manifest:
    """A resource's manifest. Raises Damaged."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise _damaged(kind, name, f"is no JSON ({error})") from error
    if not isinstance(found, dict):
        raise _damaged(kind, name, "is no object")
    if kind in _ASKED:
        metadata, spec = found.get("metadata"), found.get("spec")
        if not isinstance(metadata, dict) or metadata.get("name") != name:
            raise _damaged(kind, name, "names another object")
        if not isinstance(spec, dict):
            raise _damaged(kind, name, "has no spec")
    return found


def validated(model: type[M], kind: str, name: str, value: object) -> M:
    """What a resource's manifest, or a part of it, says. Raises Damaged."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "it"
        raise _damaged(kind, name, f"can't be read ({place}: {first['msg']})") from error


@contextlib.contextmanager
def of_workflow(convoy: str, name: str) -> Iterator[None]:
    """Reading a Workflow of a convoy, or its nodes. Raises Damaged, which names both."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        # Some errors hold the whole of what could not be read.
        words = clip(f"{type(error).__name__}: {why(error)}", _WORDS)
        raise _damaged("Convoy", convoy, f"can't be read (Workflow {name}: {words})") from error


class Readable:
    """All rows but those that can't be read, of which each is told once: nobody else has to wait for their owner."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def each(self, items: Iterable[Any], read: Callable[[Any], T]) -> Iterator[T]:
        """What `read` makes of each item."""
        for item in items:
            try:
                yield read(item)
            except Damaged as error:
                self.tell(error)

    def tell(self, error: Damaged) -> None:
        """Say that a row can't be read."""
        if str(error) not in self._told:
            self._told.add(str(error))
            sys.stderr.write(f"warning: {error}\n")


def _damaged(kind: str, name: str, problem: str) -> Damaged:
    # What the store keeps for a convoy or a rig has their names; the object is what people know.
    word = (
        "rig" if kind in {"Rig", "RigEvents", "Refinery"} else "convoy" if kind.startswith("Convoy") else ""
    )
    called = name.removesuffix("-refinery") if kind == "Refinery" else name
    step = f", else take it away with `{word} delete {called}`" if word else ""
    return Damaged(
        f"{word or kind} {called}: its row {kind} in the town's state {problem}; update gastown if a newer one wrote it{step}"
    )
