"""Find what of a batch may land, with few runs of the gates and no innocent blamed. Pure: the gates are passed in.

A stack is a sequence of entries on the target, in order. What `sound` returns has passed the gates as a whole, because
every step either takes over a stack that was green or adds to one.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T", bound=Hashable)


class Verdict(NamedTuple, Generic[T]):
    """`good` passed the gates together, in this order. Each of `culprits` failed twice on top of the good before it."""

    good: tuple[T, ...]
    culprits: tuple[T, ...]
    runs: int


class Bisection(Generic[T]):
    """One search. `green` runs the gates on a stack and tells whether they pass; it raises when they could not run."""

    def __init__(self, green: Callable[[tuple[T, ...]], bool]) -> None:
        self.green = green
        self.runs = 0

    def sound(self, entries: Sequence[T]) -> Verdict[T]:
        """Split the entries into those that pass together and those that do not."""
        good, culprits = self._land((), tuple(entries))
        return Verdict(good, culprits, self.runs)

    def _land(self, base: tuple[T, ...], entries: tuple[T, ...], *, red: bool = False) -> "_Split[T]":
        """Split `entries` on top of a `base` that is green; `red` when this very stack was seen red already."""
        if not entries or (not red and self._run(base + entries)):
            return entries, ()
        if len(entries) == 1:
            # Blame needs a second run, alone on the good base: a flaky gate or machine must not cost anyone's place.
            return (entries, ()) if self._run(base + entries) else ((), entries)
        middle = len(entries) // 2
        left, left_bad = self._land(base, entries[:middle])
        # With the left side whole, the right side's stack is the one just seen red.
        right, right_bad = self._land(base + left, entries[middle:], red=not left_bad)
        return left + right, left_bad + right_bad

    def _run(self, stack: tuple[T, ...]) -> bool:
        self.runs += 1
        return self.green(stack)


_Split = tuple[tuple[T, ...], tuple[T, ...]]
