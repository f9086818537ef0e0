"""Images as OCI layouts: blobs named by their digests, and an index that names the images."""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from release.bom import timestamp

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Layer:
    """One packed folder. `digest` is of the stored file, `content` of the tar in it: they differ where it is compressed."""

    path: Path
    digest: str
    size: int
    content: str

    @property
    def kind(self) -> str:
        """Its media type."""
        return LAYER if self.digest == self.content else f"{LAYER}+gzip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """What runs, for one architecture: the layers, the lowest first, and how a process begins. `moment` is in seconds since the epoch."""

    layers: tuple[Layer, ...]
    architecture: str = "amd64"
    command: tuple[str, ...] = ("/bin/sh",)
    user: str = "65532"
    environment: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    moment: int | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """An image under a name, for one or several architectures."""

    name: str
    images: tuple[Image, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The small files of a layout, and the layers that belong to it. `index` describes each named image, in their order."""

    blobs: Mapping[str, bytes]
    layers: tuple[Layer, ...]
    index: tuple[dict[str, Any], ...]

    def write(self, stream: IO[bytes]) -> None:
        """As a tar that `ctr images import`, skopeo and registries' tools read; the same layout gives the same bytes."""
        with tarfile.open(fileobj=stream, mode="w|", format=tarfile.GNU_FORMAT) as archive:
            _add(archive, "oci-layout", _dump({"imageLayoutVersion": "1.0.0"}))
            _add(archive, "index.json", _dump(_index(self.index)))
            for digest, content in self.blobs.items():
                _add(archive, _place(digest), content)
            for layer in self.layers:
                entry = tarfile.TarInfo(_place(layer.digest))
                entry.size = layer.size
                with layer.path.open("rb") as packed:
                    archive.addfile(entry, packed)


def layout(named: Iterable[Named]) -> Layout:
    """The layout that has all of these; what several share is in it once."""
    blobs: dict[str, bytes] = {}
    layers: dict[str, Layer] = {}
    told = []
    for each in named:
        manifests = [_manifest(image, blobs) for image in each.images]
        for image in each.images:
            layers |= {layer.digest: layer for layer in image.layers}
        entry = manifests[0] if len(manifests) == 1 else _blob(blobs, INDEX, _index(manifests))
        tag = each.name.rpartition(":")[2]
        # containerd reads the one, everybody else the other.
        names = {"io.containerd.image.name": each.name, "org.opencontainers.image.ref.name": tag}
        told.append({**entry, "annotations": names})
    return Layout(blobs, tuple(layers.values()), tuple(told))


def _manifest(image: Image, blobs: dict[str, bytes]) -> dict[str, Any]:
    process = {
        "User": image.user,
        "Entrypoint": list(image.command),
        "Env": [f"{key}={value}" for key, value in {"PATH": PATH, **image.environment}.items()],
        **({"Labels": dict(image.labels)} if image.labels else {}),
    }
    config = {
        **({"created": timestamp(image.moment)} if image.moment is not None else {}),
        "architecture": image.architecture,
        "os": "linux",
        "config": process,
        "rootfs": {"type": "layers", "diff_ids": [layer.content for layer in image.layers]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _blob(blobs, CONFIG, config),
        "layers": [
            {"mediaType": layer.kind, "digest": layer.digest, "size": layer.size} for layer in image.layers
        ],
    }
    return {
        **_blob(blobs, MANIFEST, manifest),
        "platform": {"architecture": image.architecture, "os": "linux"},
    }


def _index(manifests: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(manifests)}


def _blob(blobs: dict[str, bytes], kind: str, value: object) -> dict[str, Any]:
    content = _dump(value)
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    blobs[digest] = content
    return {"mediaType": kind, "digest": digest, "size": len(content)}


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def _place(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _dump(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
