"""Lists the open pull requests of a rig. Apart, as most runners ask no forge, and its modules take a while to import."""

import dataclasses
from pathlib import Path

from crds import Rig
from forges.model import ForgeKind
from forges.registry import Address, connect, credentials
from forges.transports.blocking import Blocking

KEPT = 4096
"""Pull requests that the store keeps, the newest; older ones wait as long as without a list."""


@dataclasses.dataclass(slots=True)
class Pulls:
    """A connection that remembers what has not changed, as long as the token stays the same."""

    secrets: Path
    _known: tuple[str, Blocking] | None = None

    def marks(self, rig: Rig) -> tuple[str, ...]:
        """How each looks, by its number. Raises OSError where there is no token, and ForgeError."""
        where, secret = rig.spec.forge, rig.spec.forge_token_secret_ref
        if where is None or secret is None:
            return ()
        token = (self.secrets / secret.name / secret.key).read_text(encoding="utf-8").strip()
        if self._known is None or self._known[0] != token:
            self._known = (token, Blocking(credentials(token)))
        address = Address(kind=ForgeKind(where.kind), repository=where.repository, api=where.api_url)
        found = self._known[1].run(connect(address).pulls.all_open())
        return tuple(mark for _, mark in sorted((each.number, each.mark) for each in found))[-KEPT:]
