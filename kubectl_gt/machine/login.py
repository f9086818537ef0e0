"""The agents' log-in on one machine: the user's own, since agents run as the user."""

import dataclasses
import shutil
from collections.abc import Callable, Collection
from pathlib import Path

from kubectl_gt.logins import LoginStatus
from kubectl_gt.machine.credentials import Stored, account, described, stored


class OwnLogin:
    """Nothing to bring anywhere. `renewed` lets go on what waits for credentials, and names those convoys; `rigs` are those that use it."""

    def __init__(self, renewed: Callable[[], tuple[str, ...]], rigs: Callable[[], tuple[str, ...]]) -> None:
        self._renewed = renewed
        self._rigs = rigs

    def sync(
        self, directory: Path, *, force: bool, secret: str = "", parts: Collection[str] | None = None
    ) -> str:
        """Agents find the log-in, and all else, where it stands; what waited for it goes on."""
        del directory, force, secret, parts
        going = self._renewed()
        told = f"; {', '.join(going)} {'go' if len(going) > 1 else 'goes'} on" if going else ""
        return f"agents of this machine use your own log-in{told}"

    def status(self) -> LoginStatus:
        """Where Claude Code is, and what its log-in says."""
        directory = Path.home() / ".claude"
        try:
            found = stored(directory)
        except OSError as error:
            found = Stored(b"", f"{error.filename}, which can't be read")
        return dataclasses.replace(
            described(found.raw),
            place=found.place,
            advice="ANTHROPIC_API_KEY may hold a key in its place",
            program=shutil.which("claude") or "",
            account=account(directory) if found.raw else "",
            rigs=self._rigs(),
        )
