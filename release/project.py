"""What the checkout says of itself: the name, the one version, the moment of its last commit."""

import dataclasses
import subprocess
import tomllib
from pathlib import Path

import yaml

from release.errors import VersionMismatch


@dataclasses.dataclass(frozen=True, slots=True)
class Project:
    """`moment` is in seconds since the epoch: every file of a release carries it in place of the time at which it was made."""

    root: Path
    name: str
    version: str
    moment: int


def project(root: Path, *, moment: int, tag: str = "") -> Project:
    """Read the checkout. Raises VersionMismatch where the chart, or the tag if there is one, has another version than pyproject.toml."""
    told = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    chart = yaml.safe_load((root / "helm" / "Chart.yaml").read_text(encoding="utf-8"))
    for field in ("version", "appVersion"):
        if str(chart[field]) != told["version"]:
            raise VersionMismatch(
                f"helm/Chart.yaml: {field} is {chart[field]}, pyproject.toml has {told['version']}; set both to one"
            )
    if tag and tag != f"v{told['version']}":
        raise VersionMismatch(
            f"the tag is {tag}, pyproject.toml has {told['version']}; tag the commit that has the version"
        )
    return Project(root=root, name=told["name"], version=told["version"], moment=moment)


def last_commit(root: Path) -> int:
    """When the last commit was made, in seconds since the epoch."""
    command = ["git", "-C", str(root), "log", "-1", "--format=%ct"]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def tracked(root: Path, *folders: str) -> list[Path]:
    """Files of these folders that git knows, relative to the root and sorted: droppings of a checkout are never shipped."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--", *folders]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return sorted(Path(name) for name in names.split("\0") if name)
