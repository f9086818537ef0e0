"""Secrets as files: `<root>/<secret>/<key>`, as a cluster mounts them and as one machine keeps them.

They are looked at all the time, so a rotated one counts at once; nothing here asks an apiserver for a Secret.
"""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from crds import Rig
from events.errors import Unconfigured
from events.signatures import Secret

LARGEST = 8192

FRESH = 0.005
"""Seconds for which a file that was looked at is the same one: of thousands of deliveries a second each would ask the kernel."""

Mark = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Secrets:
    """The mounted secrets."""

    root: Path
    _known: dict[tuple[str, str], tuple[str, Mark, str, float]] = field(default_factory=dict, compare=False)
    """By name and key: the file, what tells that it is still the same one, what it held, and when it was looked at."""

    def token(self, rig: Rig) -> str:
        """The token for the rig's forge. Raises Unconfigured."""
        reference = rig.spec.forge_token_secret_ref
        if reference is None:
            raise Unconfigured(f"rig {rig.metadata.name}: it has no forgeTokenSecretRef")
        found = self._read(reference.name, reference.key)
        if not found:
            raise Unconfigured(
                f"rig {rig.metadata.name}: {self.root / reference.name / reference.key} is not there; {MOUNT}"
            )
        return found

    def has_token(self, rig: Rig) -> bool:
        """Whether the token for the rig's forge is there by now."""
        reference = rig.spec.forge_token_secret_ref
        return reference is not None and bool(self._read(reference.name, reference.key))

    def webhook(self, rig: Rig) -> tuple[Secret, ...]:
        """The secrets that the rig's webhooks may be signed with, none where it has none."""
        reference = rig.spec.webhook_secret_ref
        if reference is None:
            return ()
        keys = (reference.key, reference.previous_key)
        return tuple(Secret(found) for each in keys if each and (found := self._read(reference.name, each)))

    def named(self, name: str, key: str) -> tuple[Secret, ...]:
        """One secret by name and key, none where it is not there."""
        found = self._read(name, key)
        return (Secret(found),) if found else ()

    def _read(self, name: str, key: str) -> str:
        known, now = self._known.get((name, key)), time.monotonic()
        if known is not None and now - known[3] < FRESH:
            return known[2]
        if known is None and (".." in (name, key) or "/" in name + key):
            return ""
        file, last, text, _ = known or (str(self.root / name / key), None, "", 0.0)
        try:
            seen = os.stat(file)  # noqa: PTH116 - for every delivery, and a Path costs twice as much
            mark = (seen.st_ino, seen.st_mtime_ns, seen.st_size)
            if last != mark:
                with Path(file).open("rb") as stream:
                    text = stream.read(LARGEST).decode("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            self._known.pop((name, key), None)
            return ""
        self._known[name, key] = (file, mark, text, now)
        return text


MOUNT = "list the Secret in the chart's events.secrets"
