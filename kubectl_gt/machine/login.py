"""The agents' log-in on one machine: the user's own, since agents run as the user."""

import shutil
from pathlib import Path

from kubectl_gt.errors import WrongPlace

CREDENTIALS = ".credentials.json"
"""The one file of ~/.claude that holds the log-in; the rest is history, and nobody else's business."""


class OwnLogin:
    """Nothing to bring anywhere."""

    def sync(self, directory: Path, *, force: bool) -> str:
        """Raises WrongPlace: there is no second place for a log-in."""
        del directory, force
        raise WrongPlace(
            "auth sync: agents of this machine use your own log-in; log in with the agent itself"
        )

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
