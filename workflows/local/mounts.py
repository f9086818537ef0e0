"""A pod's volumes as directories of the machine, and the paths of its containers translated to them.

There are no mounts here: an argument or variable that is a mount's path, or lies under it, is given to the process as the real path.
"""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

from crds import Manifest

Files = Callable[[str], Mapping[str, str]]
"""Gives the files of a ConfigMap."""


@dataclasses.dataclass(frozen=True, slots=True)
class Mounts:
    """Where each mount path of one container leads, longest path first."""

    paths: tuple[tuple[str, Path], ...]

    @classmethod
    def of(cls, container: Manifest, directories: Mapping[str, Path]) -> "Mounts":
        """The mounts of a container, given each volume's directory; volumes without one stay what they are."""
        found = [
            (mount["mountPath"], directories[mount["name"]])
            for mount in container.get("volumeMounts", ())
            if mount["name"] in directories
        ]
        return cls(tuple(sorted(found, key=lambda pair: -len(pair[0]))))

    def translate(self, text: str) -> str:
        """The text, or the real path where it is a path under a mount."""
        for path, directory in self.paths:
            if text == path or text.startswith(f"{path}/"):
                return str(directory) + text[len(path) :]
        return text


def directories(
    volumes: list[Manifest], pod: Path, *, persistent: Mapping[str, Path], files: Files
) -> dict[str, Path]:
    """Make a directory for each volume of a pod that has one on one machine.

    `emptyDir` is a directory of the pod's own, or the one that `persistent` names; projected ConfigMaps are written out.
    Secrets have none: the user's own credentials are in place.
    """
    made: dict[str, Path] = {}
    for volume in volumes:
        name = volume["name"]
        if name in persistent:
            made[name] = persistent[name]
        elif "emptyDir" in volume:
            made[name] = pod / name
        elif texts := _config_maps(volume, files):
            made[name] = pod / name
            _write(made[name], texts)
        else:
            continue
        made[name].mkdir(parents=True, exist_ok=True)
    return made


def _config_maps(volume: Manifest, files: Files) -> dict[str, str]:
    sources = volume.get("projected", {}).get("sources", ())
    names = [source["configMap"]["name"] for source in sources if "configMap" in source]
    return (
        {}
        if any("secret" in source for source in sources)
        else {k: v for name in names for k, v in files(name).items()}
    )


def _write(directory: Path, texts: Mapping[str, str]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (directory / name).write_text(text, encoding="utf-8")
