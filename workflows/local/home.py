"""Where the town of one machine keeps its things: one directory, which can be moved, backed up or deleted as a whole."""

import dataclasses
import os
from pathlib import Path

import platformdirs


@dataclasses.dataclass(frozen=True, slots=True)
class Home:
    """The directories under one root. `GASTOWN_HOME` names another root than the user's data directory."""

    root: Path

    @classmethod
    def of_user(cls) -> "Home":
        """The user's own town."""
        named = os.environ.get("GASTOWN_HOME")
        return cls(Path(named).absolute() if named else platformdirs.user_data_path("gastown"))

    @property
    def database(self) -> Path:
        """The one file that holds all state; everything else can be made again."""
        return self.root / "town.db"

    @property
    def locks(self) -> Path:
        """Lock files; they hold no data."""
        return self.root / "locks"

    @property
    def secrets(self) -> Path:
        """Tokens and secrets, a directory each and a file a key, readable by the user only."""
        return self.root / "secrets"

    def work(self, workflow: str) -> Path:
        """Clones of the polecats of a Workflow that have not succeeded."""
        return self.root / "work" / workflow

    def logs(self, workflow: str) -> Path:
        """One log file a container."""
        return self.root / "logs" / workflow

    def cache(self, rig: str) -> Path:
        """Copies of the rig's repository that make clones and merges fast."""
        return self.root / "cache" / rig


def agents_file() -> Path:
    """Where a user registers agents of their own; see `docs/agents.md`."""
    return platformdirs.user_config_path("gastown") / "agents.toml"
