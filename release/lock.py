"""The locked dependencies, read from the file with hashes."""

import dataclasses
import re
from collections.abc import Iterator

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]+?))?\s*\\?$")
_HASH = re.compile(r"--hash=sha256:(?P<digest>[0-9a-f]{64})")


@dataclasses.dataclass(frozen=True, slots=True)
class Pin:
    """One package of the lock. `marker` says on which platforms it is installed; empty means on all."""

    name: str
    version: str
    marker: str
    digests: tuple[str, ...]


def pins(lock: str) -> Iterator[Pin]:
    """The packages of a requirements file, in its order."""
    name = version = marker = ""
    digests: list[str] = []
    for line in lock.splitlines():
        if found := _PIN.match(line):
            if name:
                yield Pin(name, version, marker, tuple(digests))
            name, version, marker = found["name"], found["version"], (found["marker"] or "").strip()
            digests = []
        digests.extend(each["digest"] for each in _HASH.finditer(line))
    if name:
        yield Pin(name, version, marker, tuple(digests))
