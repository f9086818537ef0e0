"""Opening a pull request where there may be one already."""

from collections.abc import Callable

from forges.errors import Refused
from forges.exchange import Call
from forges.fields import Fields
from forges.pulls import PullRequest


def taken(refused: Refused) -> bool:
    """Whether a forge says so with its status."""
    return refused.status == 409


def opened(
    made: Call[Fields],
    there: Call[PullRequest | None],
    read: Callable[[Fields], PullRequest],
    *,
    exists: Callable[[Refused], bool] = taken,
) -> Call[PullRequest]:
    """Open it with the first call; where the refusal says that it `exists`, return what the second one finds."""
    try:
        return read((yield from made))
    except Refused as refused:
        found = (yield from there) if exists(refused) else None
        if found is None:
            raise
        return found
