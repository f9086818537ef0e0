"""What is known of the log-in that agents use."""

import dataclasses
import datetime


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LoginStatus:
    """What is known of the agents' log-in; no secret is among it.

    `place` is the file or the Secret, `advice` what may be where it was not found, `program` Claude Code's on this machine, `renews` whether
    the agent renews it by itself. `rigs` use it.
    """

    found: bool
    place: str = ""
    advice: str = ""
    program: str = ""
    account: str = ""
    plan: str = ""
    expires: datetime.datetime | None = None
    renews: bool = False
    synced: str = ""
    keys: tuple[str, ...] = ()
    rigs: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Where it is, or why it may not be there."""
        return self.place if self.found else f"no {self.place}; {self.advice}"
