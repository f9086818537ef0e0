"""Guards: who sends wrong signatures again and again waits."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

SOURCES = 4096
"""Addresses that are remembered; a flood from more of them forgets the oldest."""

MINUTE = 60.0


@dataclass(slots=True)
class Guard:
    """Counts failures by address, as a bucket that fills again over a minute."""

    limit: int
    clock: Callable[[], float] = time.monotonic
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def closed(self, source: str) -> bool:
        """Whether the address has used up its tries."""
        return self._now(source) < 1

    def failed(self, source: str) -> None:
        """Count a wrong signature."""
        self._left[source] = (self._now(source) - 1, self.clock())
        self._left.move_to_end(source)
        while len(self._left) > SOURCES:
            self._left.popitem(last=False)

    def _now(self, source: str) -> float:
        if source not in self._left:
            return float(self.limit)
        left, at = self._left[source]
        return min(float(self.limit), left + (self.clock() - at) * self.limit / MINUTE)
