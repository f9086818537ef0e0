"""Pull requests, as far as they are asked for alike."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from forges.api import Api
from forges.exchange import Call
from forges.fields import Fields
from forges.model import PullNumber
from forges.pulls import PullRequest, PullState


class Shapes(Protocol):
    """How a forge's JSON is read."""

    def pull(self, fields: Fields, /) -> PullRequest:
        """A pull request."""


@dataclass(frozen=True, slots=True)
class LikePulls:
    """Pull requests of the repository."""

    api: Api
    read: ClassVar[Shapes]

    def get(self, number: PullNumber) -> Call[PullRequest]:
        """One pull request."""
        return self.read.pull((yield from self.api.get("pulls", number)))

    def close(self, number: PullNumber) -> Call[PullRequest]:
        """Close it; a merged one stays merged."""
        found = yield from self.get(number)
        if found.state is not PullState.OPEN:
            return found
        return self.read.pull((yield from self.api.send("PATCH", {"state": "closed"}, "pulls", number)))
