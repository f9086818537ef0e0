"""The lock: every package of every layer and architecture, with its place in an archive and its checksum."""

import dataclasses
import tomllib
from collections.abc import Iterable
from pathlib import Path

from images.debian.control import Paragraph, provides
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
    older = told["older"]
    packages: list[Package] = []
    for architecture in ARCHITECTURES:
        known, without = index(told["suite"], architecture), set(told["without"])
        base, *others = told["layers"].items()
        found = resolve(base[1], known, without=without)
        packages += _packages(base[0], architecture, found)
        without |= {each["Package"] for each in found}
        for layer, wanted in others:
            packages += _packages(layer, architecture, resolve(wanted, known, without=without))
        # A library of the base goes by its older name, too.
        without |= {name for each in found for name in provides(each)} | set(older["without"])
        known = index(older["suite"], architecture)
        for layer, wanted in older["layers"].items():
            packages += _packages(layer, architecture, resolve(wanted, known, without=without))
    path.write_text(_text(f"{told['suite']} and {older['suite']}", packages), encoding="utf-8")


def _packages(layer: str, architecture: str, found: Iterable[Paragraph]) -> list[Package]:
    return [
        Package(layer, architecture, each["Package"], each["Version"], each["SHA256"], each["Filename"])
        for each in found
    ]


def _text(suites: str, packages: Iterable[Package]) -> str:
    lines = [" ".join(dataclasses.astuple(each)) for each in sorted(packages)]
    return f"# Of Debian {suites}, made by `make lock-images` from packages.toml.\n" + "\n".join(lines) + "\n"
