"""What an agent's layer is made of."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from images.debian.lock import ARCHITECTURES

_LOCKS = Path(__file__).parents[1] / "npm"
REQUIREMENTS = Path(__file__).parents[2] / "requirements"


@dataclass(frozen=True, slots=True)
class Part:
    """One package. `packages` are its names in npm, by architecture; `root` is where in it that lies what is taken.

    `files` are what is taken, files and folders below `root` -> where they lie in the image; {package} there is the package's name.
    """

    packages: Mapping[str, str]
    files: Mapping[str, str]
    root: Mapping[str, str] = field(default_factory=dict)

    def placed(self, architecture: str) -> dict[str, str]:
        """`files` of one architecture."""
        name = self.packages[architecture]
        return {source: place.format(package=name) for source, place in self.files.items()}


@dataclass(frozen=True, slots=True)
class Pin:
    """What the lock says of a package: its name, its version and its SHA-512, in hexadecimal."""

    name: str
    version: str
    digest: str

    @property
    def url(self) -> str:
        """As bills of materials name it."""
        return f"pkg:npm/{self.name.replace('@', '%40')}@{self.version}"


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent of the name of its preset. `parts` are the packages of npm that it runs from, its own first; `command` is a link to a file of one.

    `licence` is its makers', an SPDX expression.
    One with an `entry` is of Python's packages in place of these: `entry` is what its command calls, `python` the version that they are for.
    `debian` are the layers that it stands on, above those that every agent has.
    """

    name: str
    licence: str
    parts: tuple[Part, ...]
    command: tuple[str, str] | None = None
    debian: tuple[str, ...] = ()
    entry: str = ""
    python: str = ""

    @property
    def lock(self) -> Path:
        """What pins its packages, with hashes."""
        return REQUIREMENTS / f"{self.name}.txt" if self.entry else _LOCKS / self.name / "package-lock.json"

    @property
    def architectures(self) -> frozenset[str]:
        """What all of its parts are made for."""
        return frozenset(ARCHITECTURES).intersection(*(part.packages for part in self.parts))

    def places(self, architecture: str) -> tuple[str, ...]:
        """Where in the image its files lie."""
        return tuple(place for part in self.parts for place in part.placed(architecture).values())

    def locked(self) -> dict[str, dict[str, Any]]:
        """Place in a folder that npm fills -> what is locked there."""
        found: dict[str, dict[str, Any]] = json.loads(self.lock.read_text(encoding="utf-8"))["packages"]
        return found

    def pins(self, architecture: str) -> list[Pin]:
        """All packages of npm that its layer is made of."""
        locked, pins = self.locked() if self.parts else {}, []
        for part in self.parts:
            name = part.packages[architecture]
            entry = locked[f"node_modules/{name}"]
            digest = base64.b64decode(str(entry["integrity"]).removeprefix("sha512-")).hex()
            pins.append(Pin(name, str(entry["version"]), digest))
        return pins
