"""Conditional requests and the count of calls: shared by the transports, so that both spend a rate limit alike."""

from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256

from forges.exchange import Answer, Request

KEPT = 256
"""How many answers are remembered."""

LARGEST = 1 << 20
"""Answers of more bytes are not remembered."""


@dataclass(slots=True)
class Calls:
    """How often the forge was asked, and how often it said that nothing changed, which costs nothing."""

    sent: int = 0
    unchanged: int = 0


@dataclass(slots=True)
class Memory:
    """Answers by their ETag. One for each token: another one may see other things."""

    calls: Calls = field(default_factory=Calls)
    _answers: OrderedDict[str, tuple[str, Answer]] = field(default_factory=OrderedDict)

    def condition(self, request: Request) -> dict[str, str]:
        """The header that asks for the answer only if it is another one by now."""
        self.calls.sent += 1
        known = self._answers.get(_key(request)) if request.method == "GET" else None
        return {"If-None-Match": known[0]} if known else {}

    def settle(self, request: Request, answer: Answer) -> Answer:
        """The whole answer, also when the forge said only that nothing changed."""
        key = _key(request)
        if answer.status == 304 and key in self._answers:
            self.calls.unchanged += 1
            self._answers.move_to_end(key)
            return self._answers[key][1]
        etag = answer.headers.get("etag", "")
        if request.method == "GET" and answer.status == 200 and etag and len(answer.body) <= LARGEST:
            self._answers[key] = (etag, answer)
            self._answers.move_to_end(key)
            while len(self._answers) > KEPT:
                self._answers.popitem(last=False)
        return answer


def _key(request: Request) -> str:
    return sha256(f"{request.url}\0{sorted(request.headers.items())}".encode()).hexdigest()
