"""The agents' log-in on one machine: the user's own, since agents run as the user."""

import dataclasses
import shutil
from collections.abc import Callable, Collection
from pathlib import Path

from kubectl_gt.machine.credentials import CREDENTIALS, account, described
from kubectl_gt.town import LoginStatus


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
        """Where Claude Code is, and what its log-in says where it stands where it keeps it on Linux."""
        file = Path.home() / ".claude" / CREDENTIALS
        try:
            raw = file.read_bytes()
        except OSError:
            raw = b""
        return dataclasses.replace(
            described(raw),
            place=str(file),
            advice="a keychain or ANTHROPIC_API_KEY may hold it",
            program=shutil.which("claude") or "",
            account=account(file.parent) if raw else "",
            rigs=self._rigs(),
        )
