"""The lock: every package of every layer and architecture, with its place in an archive and its checksum."""

import dataclasses
import tomllib
from collections.abc import Iterable
from pathlib import Path

from images.debian.index import index
from images.debian.resolve import resolve

HERE = Path(__file__).parent
LOCK = HERE / "packages.lock"
ARCHITECTURES = ("amd64", "arm64")


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Package:
    """One .deb. `path` is below the root of an archive."""

    layer: str
    architecture: str
    name: str
    version: str
    digest: str
    path: str


def locked(layer: str, architecture: str) -> list[Package]:
    """What the lock has for a layer, by name."""
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    packages = [Package(*line.split()) for line in lines if line and not line.startswith("#")]
    return [each for each in packages if (each.layer, each.architecture) == (layer, architecture)]


def write(path: Path = LOCK) -> None:
    """Resolve packages.toml anew. Raises ImageError."""
    told = tomllib.loads((HERE / "packages.toml").read_text(encoding="utf-8"))
    packages: list[Package] = []
    for architecture in ARCHITECTURES:
        known = index(told["suite"], architecture)
        below: set[str] = set()
        for layer, wanted in told["layers"].items():
            found = resolve(wanted, known, without={*told["without"], *below})
            packages += [
                Package(
                    layer, architecture, each["Package"], each["Version"], each["SHA256"], each["Filename"]
                )
                for each in found
            ]
            below |= {each["Package"] for each in found} if layer == next(iter(told["layers"])) else set()
    path.write_text(_text(told["suite"], packages), encoding="utf-8")


def _text(suite: str, packages: Iterable[Package]) -> str:
    lines = [" ".join(dataclasses.astuple(each)) for each in sorted(packages)]
    return f"# Of Debian {suite}, made by `make lock-images` from packages.toml.\n" + "\n".join(lines) + "\n"
