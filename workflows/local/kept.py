"""What is worked out of the town's state, each once as long as nobody writes."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from workflows.local.store import Store

T = TypeVar("T")


class Kept:
    """Values by key. All are forgotten with the next write, whoever writes: one answer asks for them many times, and none can be stale."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._at: tuple[int, int] | None = None
        self._known: dict[Hashable, Any] = {}

    def of(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key, made now unless it is known. It may depend on nothing but the store."""
        at = self._store.state
        if at != self._at:
            self._at, self._known = at, {}
        if key not in self._known:
            self._known[key] = make()
        found: T = self._known[key]
        return found
