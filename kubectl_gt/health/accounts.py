"""The account that a rig's token signs in as, and why work cannot land with it."""

import dataclasses

from forges.interface import Forge
from forges.model import Account, Permission, Repository
from forges.transports.blocking import Blocking


@dataclasses.dataclass(frozen=True, slots=True)
class SignedIn:
    """What the forge says of the token and of the repository."""

    account: Account
    repository: Repository

    @property
    def unfit(self) -> str:
        """Why nothing can land, empty where it can; with what mends it."""
        repository = self.repository
        if repository.mine is Permission.READ:
            return (
                f"{repository.name}: {self.account.name} may only read it;"
                " give the account the right to write, or another token"
            )
        if repository.archived:
            return f"{repository.name}: it is archived, so nothing can be merged into it"
        return ""


def signed_in(forge: Forge, connection: Blocking) -> SignedIn:
    """Ask. Raises what the forge says."""
    return SignedIn(connection.run(forge.accounts.me()), connection.run(forge.commits.repository()))
