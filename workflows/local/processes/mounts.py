"""A pod's volumes as directories of the machine, and the paths of its containers translated to them.

There are no mounts here: an argument or variable that is a mount's path, or lies under it, is given to the process as the real path.
"""

import dataclasses
import shutil
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


class Volumes:
    """The volumes of one Workflow's pods, as directories under `root`.

    Its texts are written once for all pods: a convoy of n beads has n of them, and each of its 2n pods mounts them all.
    """

    def __init__(self, root: Path, *, persistent: Mapping[str, Path], secrets: Path, files: Files) -> None:
        self._root = root
        self._persistent = persistent
        self._secrets = secrets
        self._files = files
        self._texts: dict[tuple[str, ...], Path] = {}

    def of_pod(self, volumes: list[Manifest], pod: Path) -> dict[str, Path]:
        """Make a directory for each volume of a pod that has one on one machine.

        `emptyDir` is a directory of the pod's own, or the one that `persistent` names; projected ConfigMaps are written out.
        A Secret that the user keeps under `secrets` is its directory; others have none: the user's own credentials are in place.
        """
        made: dict[str, Path] = {}
        for volume in volumes:
            name = volume["name"]
            if name in self._persistent:
                made[name] = self._persistent[name]
            elif "emptyDir" in volume:
                made[name] = pod / name
            elif config_maps := _config_maps(volume):
                made[name] = self._written(config_maps)
            elif (kept := self._secrets / _secret(volume)) != self._secrets and kept.is_dir():
                made[name] = kept
            else:
                continue
            made[name].mkdir(parents=True, exist_ok=True)
        return made

    def remove(self) -> None:
        """Remove the texts, when no pod needs them any more."""
        shutil.rmtree(self._root, ignore_errors=True)
        self._texts.clear()

    def _written(self, config_maps: tuple[str, ...]) -> Path:
        if config_maps not in self._texts:
            directory = self._root / str(len(self._texts))
            directory.mkdir(parents=True, exist_ok=True)
            for name, text in (item for each in config_maps for item in self._files(each).items()):
                (directory / name).write_text(text, encoding="utf-8")
            self._texts[config_maps] = directory
        return self._texts[config_maps]


def _secret(volume: Manifest) -> str:
    """The Secret of a volume, empty where it has none."""
    sources = volume.get("projected", {}).get("sources", ())
    return next((str(source["secret"]["name"]) for source in sources if "secret" in source), "")


def _config_maps(volume: Manifest) -> tuple[str, ...]:
    """The ConfigMaps of a volume that has nothing else."""
    sources = volume.get("projected", {}).get("sources", ())
    if any("secret" in source for source in sources):
        return ()
    return tuple(source["configMap"]["name"] for source in sources if "configMap" in source)
