"""Slings the convoys that tests look at, a few at a time and while other tests run: all at once they would only wait for each other."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Self

from harness.convoys import Slung, Yard

AT_ONCE = 4
"""Convoys under way that were slung so."""

LOOK = 1.0
"""Seconds between two looks at whether one has ended."""

Open = Callable[[], AbstractContextManager[Yard]]


class Slinger:
    """A thread that slings. `opened` makes a yard for as long as its block runs; what goes wrong is told to who asks for the convoy."""

    def __init__(self, opened: Open) -> None:
        self._opened = opened
        self._yards = ExitStack()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="slinger")
        self._asked: dict[Hashable, Future[Slung]] = {}
        self._under_way: list[Slung] = []
        self._over = threading.Event()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Sling no more, and close the yards."""
        self._over.set()
        self._thread.shutdown(cancel_futures=True)
        self._yards.close()

    def ask(self, key: Hashable, sling: Callable[[Yard], Slung]) -> None:
        """Have a convoy slung after all that were asked for before; the same key once."""
        if key not in self._asked:
            self._asked[key] = self._thread.submit(self._sling, sling)

    def slung(self, key: Hashable) -> Slung:
        """The convoy, once it is slung. Raises what went wrong."""
        return self._asked[key].result()

    def _sling(self, sling: Callable[[Yard], Slung]) -> Slung:
        while self._full() and not self._over.wait(LOOK):
            pass
        slung = sling(self._yards.enter_context(self._opened()))
        self._under_way.append(slung)
        return slung

    def _full(self) -> bool:
        self._under_way = [each for each in self._under_way if not each.over]
        return len(self._under_way) >= AT_ONCE
