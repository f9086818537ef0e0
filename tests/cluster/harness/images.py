"""The images of the test cluster, put together without a container engine or a registry.

Their names carry a host that cannot exist (`.test`), so a pull could never succeed by accident.
"""

import contextlib
import hashlib
import io
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from harness.errors import Broken
from harness.layers import Layer

HOST = "gastown.test"
PAUSE = f"{HOST}/pause:1"
ARGOEXEC = f"{HOST}/argoexec:1"
BASE = f"{HOST}/base:1"
STEPS = f"{HOST}/steps:1"
ADAPTER = f"{HOST}/adapter:1"
AGENT = f"{HOST}/agent:1"
CLAUDE = f"{HOST}/claude:1"

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"
_INDEX = "application/vnd.oci.image.index.v1+json"


@dataclass(frozen=True, slots=True)
class Image:
    """A name and its layers, the lowest first. `user` is the number that its processes run as."""

    name: str
    layers: tuple[Layer, ...]
    command: tuple[str, ...] = ("/bin/sh",)
    user: str = "65532"
    environment: dict[str, str] = field(default_factory=dict)


def load(images: Sequence[Image], socket: Path) -> None:
    """Import images into containerd, each shared layer once. Raises Broken with containerd's words."""
    if not images:
        return
    command = ("ctr", "--address", str(socket), "--namespace", "k8s.io", "images", "import", "-")
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=words, stderr=words)
        # A pipe was asked for, so there is one; where ctr gives up early, its words say more than the broken pipe.
        with process, contextlib.suppress(BrokenPipeError), cast("IO[bytes]", process.stdin) as stream:
            write_layout(images, stream)
        words.seek(0)
        if process.returncode != 0:
            raise Broken(
                f"containerd refused the images: {words.read().decode(errors='replace').strip()[-400:]}"
            )


def write_layout(images: Sequence[Image], stream: IO[bytes]) -> None:
    """Write the images as one OCI layout, a tar of blobs named by their digests."""
    with tarfile.open(fileobj=stream, mode="w|") as tar:
        _add(tar, "oci-layout", json.dumps({"imageLayoutVersion": "1.0.0"}).encode())
        manifests = [_add_image(tar, image) for image in images]
        _add(tar, "index.json", _dump({"schemaVersion": 2, "mediaType": _INDEX, "manifests": manifests}))
        for one in {layer.digest: layer for image in images for layer in image.layers}.values():
            tar.add(one.path, arcname=_blob(one.digest), recursive=False)


def _add_image(tar: tarfile.TarFile, image: Image) -> dict[str, object]:
    process = {
        "User": image.user,
        "Entrypoint": list(image.command),
        "Env": [f"{key}={value}" for key, value in {"PATH": _PATH, **image.environment}.items()],
    }
    digests = [layer.digest for layer in image.layers]
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": process,
        "rootfs": {"type": "layers", "diff_ids": digests},
    }
    layers = [{"mediaType": _LAYER, "digest": layer.digest, "size": layer.size} for layer in image.layers]
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": _add_blob(tar, _CONFIG, _dump(config)),
        "layers": layers,
    }
    entry = _add_blob(tar, _MANIFEST, _dump(manifest))
    return {**entry, "annotations": {"io.containerd.image.name": image.name}}


_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def _add_blob(tar: tarfile.TarFile, kind: str, data: bytes) -> dict[str, object]:
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    _add(tar, _blob(digest), data)
    return {"mediaType": kind, "digest": digest, "size": len(data)}


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    tar.addfile(entry, io.BytesIO(data))


def _blob(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _dump(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
