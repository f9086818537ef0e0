"""The forges of the rigs: one connection for each repository and token, kept while both stay the same."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from crds import Rig
from events.errors import Later, Unconfigured
from events.secrets import Secrets
from forges import registry
from forges.errors import Final
from forges.errors import Later as ForgeLater
from forges.exchange import Call
from forges.interface import Forge
from forges.model import Account, ForgeKind, RepositoryId

T = TypeVar("T")


class Transport(Protocol):
    """Runs calls with one token."""

    async def run(self, call: Call[T]) -> T:
        """What the call returns."""


Open = Callable[[str], Transport]
"""Makes a transport with a token."""


@dataclass(slots=True)
class Connection:
    """One repository on its forge, with a token."""

    forge: Forge
    host: str
    transport: Transport
    me: Account
    repository: RepositoryId

    async def run(self, call: Call[T]) -> T:
        """What a call returns. Raises Later where the forge does not answer, and the forge's own Final otherwise."""
        try:
            return await self.transport.run(call)
        except ForgeLater as error:
            raise Later(str(error), after=error.after) from error


@dataclass(slots=True)
class Connections:
    """All connections."""

    open: Open
    secrets: Secrets
    _known: dict[str, tuple[str, Connection]] = field(default_factory=dict)

    async def of(self, rig: Rig) -> Connection:
        """The connection of a rig. Raises Unconfigured and Later."""
        token, spec = self.secrets.token(rig), rig.spec.forge
        if spec is None:
            raise Unconfigured(f"rig {rig.metadata.name}: it has no forge")
        address = registry.Address(kind=ForgeKind(spec.kind), repository=spec.repository, api=spec.api_url)
        mark = hashlib.sha256(f"{address}\0{token}".encode()).hexdigest()
        known = self._known.get(rig.metadata.name)
        if known is not None and known[0] == mark:
            return known[1]
        made = await self._connect(rig, address, token)
        self._known[rig.metadata.name] = (mark, made)
        return made

    async def _connect(self, rig: Rig, address: registry.Address, token: str) -> Connection:
        transport = self.open(token)
        try:
            forge = registry.connect(address)
            me = await transport.run(forge.accounts.me())
            repository = await transport.run(forge.commits.repository())
        except ForgeLater as error:
            raise Later(str(error), after=error.after) from error
        except Final as error:
            raise Unconfigured(f"rig {rig.metadata.name}: {error}") from error
        host = host_of(rig, registry.api_root(address.kind, address.api))
        return Connection(forge=forge, host=host, transport=transport, me=me, repository=repository.id)


def host_of(rig: Rig, root: str) -> str:
    """The forge's host, as it stands in the keys of convoys."""
    web = rig.spec.forge.web_url if rig.spec.forge else ""
    return urlsplit(web or root).netloc.lower()
