"""Find what of a batch may land, with few runs of the gates and no innocent blamed. Pure: the gates are passed in.

A stack is a sequence of entries on the target, in order. What `sound` returns has passed the gates as a whole, because
every step either takes over a stack that was green or adds to one.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T", bound=Hashable)


class BaseRed(Exception):
    """The gates fail on the target alone: no entry can be judged on it."""


class Verdict(NamedTuple, Generic[T]):
    """`good` passed the gates together, in this order. Each of `culprits` failed twice on top of good before it, which was green alone."""

    good: tuple[T, ...]
    culprits: tuple[T, ...]
    runs: int


class Search(Generic[T]):
    """One search. `green` runs the gates on a stack and tells whether they pass; the empty stack is the target itself."""

    def __init__(self, green: Callable[[tuple[T, ...]], bool]) -> None:
        self._green = green
        self._runs = 0

    def sound(self, entries: Sequence[T], *, doubt: bool = False) -> Verdict[T]:
        """Split the entries into those that pass together and those that do not. Raises BaseRed where the target itself is red.

        With `doubt` the target is tried first.
        """
        clear = doubt and self._run(())
        if doubt and not clear:
            raise BaseRed
        good: tuple[T, ...] = ()
        rest, culprits = tuple(entries), []
        while rest and not self._run(good + rest):
            below = self._green_below(good, rest)
            base, suspect = good + rest[:below], rest[below]
            # Twice, as for an entry: to hold everybody up for one unlucky run would be worse.
            clear = clear or bool(base) or self._run(()) or self._run(())
            if not clear:
                raise BaseRed
            # Blame needs a second run on a base that is green: a flaky gate or machine must not cost anyone's place.
            if self._run((*base, suspect)):
                base = (*base, suspect)
            else:
                culprits.append(suspect)
            good, rest = base, rest[below + 1 :]
        return Verdict(good + rest, tuple(culprits), self._runs)

    def _green_below(self, good: tuple[T, ...], rest: tuple[T, ...]) -> int:
        """How many of the rest can be stacked until the next one makes it red; all of them together are."""
        low, high = 0, len(rest)
        while high - low > 1:
            middle = (low + high) // 2
            if self._run(good + rest[:middle]):
                low = middle
            else:
                high = middle
        return low

    def _run(self, stack: tuple[T, ...]) -> bool:
        self._runs += 1
        return self._green(stack)
