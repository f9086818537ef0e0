"""The agents' log-in on one machine: the user's own, since agents run as the user."""

import shutil
from collections.abc import Callable
from pathlib import Path

CREDENTIALS = ".credentials.json"
"""The one file of ~/.claude that holds the log-in; the rest is history, and nobody else's business."""


class OwnLogin:
    """Nothing to bring anywhere. `renewed` lets go on what waits for credentials, and names those convoys."""

    def __init__(self, renewed: Callable[[], tuple[str, ...]]) -> None:
        self._renewed = renewed

    def sync(self, directory: Path, *, force: bool, secret: str = "") -> str:
        """Agents find the log-in where it stands; what waited for it goes on."""
        del directory, force, secret
        going = self._renewed()
        told = f"; {', '.join(going)} {'go' if len(going) > 1 else 'goes'} on" if going else ""
        return f"agents of this machine use your own log-in{told}"

    def status(self) -> tuple[tuple[str, str], ...]:
        """Where Claude Code is, and whether its log-in stands where it keeps it on Linux."""
        program = shutil.which("claude")
        login = Path.home() / ".claude" / CREDENTIALS
        return (
            ("Claude Code", program or "not on PATH"),
            (
                "Log-in",
                str(login) if login.exists() else f"no {login}; a keychain or ANTHROPIC_API_KEY may hold it",
            ),
        )
