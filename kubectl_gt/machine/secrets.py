"""Tokens and secrets of one machine: files of the user's own, laid out as a cluster mounts its Secrets."""

import dataclasses
import os
import tempfile
from pathlib import Path


@dataclasses.dataclass(frozen=True, slots=True)
class OwnSecrets:
    """A directory for each secret, a file for each key."""

    root: Path

    def read(self, name: str, key: str) -> str:
        """A value; empty where there is none."""
        try:
            return (self.root / name / key).read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    def keep(self, name: str, values: dict[str, str], *, namespace: str = "") -> str:
        """Write each value by one rename, so that a reader never sees half of it. A machine has no namespaces."""
        del namespace
        folder = self.root / name
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        for key, value in values.items():
            handle, scratch = tempfile.mkstemp(dir=folder, prefix=".")  # mode 0600
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(value)
            Path(scratch).rename(folder / key)
        return f"Kept {', '.join(values)} in {folder}"
