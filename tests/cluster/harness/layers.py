"""Layers of images: a folder filled once, packed into one tar, kept in the cache under a key of what it is made from."""

import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness import folders
from harness.errors import BuildFailed

PACK = ("tar", "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "--create")


@dataclass(frozen=True, slots=True)
class Layer:
    """One packed folder. `digest` is `sha256:<hex>`, `size` bytes."""

    path: Path
    digest: str
    size: int


def layer(name: str, key: str, fill: Callable[[Path], None]) -> Layer:
    """The layer of this name and key, filled and packed now if the cache lacks it; older ones of the name go.

    `fill` gets an empty folder that becomes the root of the image. Raises BuildFailed.
    """
    home = folders.images()
    home.mkdir(parents=True, exist_ok=True)
    label = f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    note = home / f"{label}.json"
    if not note.is_file():
        for stale in home.glob(f"{name}-*"):
            stale.unlink()
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=home) as scratch:
            root = Path(scratch) / "root"
            root.mkdir()
            fill(root)
            packed = Path(scratch) / "layer.tar"
            _run(*PACK, "--file", str(packed), "--directory", str(root), ".")
            packed.rename(home / f"{label}.tar")
        _describe(home / f"{label}.tar", note)
    values = json.loads(note.read_text(encoding="utf-8"))
    return Layer(path=home / f"{label}.tar", digest=values["digest"], size=values["size"])


def copy_program(source: Path, root: Path, target: str) -> None:
    """Put an executable at a path of the image."""
    path = root / target
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, path)
    path.chmod(0o755)


def write_program(text: str, root: Path, target: str) -> None:
    """Put an executable script at a path of the image."""
    path = root / target
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def _describe(packed: Path, note: Path) -> None:
    with packed.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    values = {"digest": f"sha256:{digest}", "size": packed.stat().st_size}
    part = note.with_suffix(".part")
    part.write_text(json.dumps(values), encoding="utf-8")
    part.rename(note)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BuildFailed(f"{command[0]} failed: {done.stderr.strip()[-300:]}")
