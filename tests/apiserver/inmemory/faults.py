"""What an apiserver does to its clients on bad days: it refuses, cuts, forgets, and keeps quiet."""

import dataclasses
from collections.abc import Callable

from aiohttp import web

from inmemory.refusals import Refused


@dataclasses.dataclass
class Fault:
    """Answers requests of a method and a resource with this code, `times` of them; 0 cuts the connection. Empty words mean any.

    `first` is done when a request comes; with code 200 it is carried out afterwards.
    """

    method: str = ""
    plural: str = ""
    name: str = ""
    code: int = 500
    times: int = 1
    first: Callable[[], object] = lambda: None
    after: bool = False
    """True for an answer that is lost: the request is carried out before."""

    def hits(self, request: web.Request) -> bool:
        """Count a request, if it is one of those."""
        path = request.path.split("/")
        wanted = (
            self.method in ("", request.method)
            and (not self.plural or self.plural in path)
            and (not self.name or self.name in path)
        )
        if not wanted or self.times < 1:
            return False
        self.times -= 1
        self.first()
        return True

    def strike(self) -> None:
        """Raise what the client sees."""
        if self.code == 200:
            return
        if self.code:
            raise Refused(self.code, "InternalError", "an error that the test asked for")
        raise ConnectionResetError
