"""The layers of our own images: this checkout's wheel, as a user would install it, for the steps alone and for the adapter.

What runs inside the pods of convoys is standard library only; an import of anything else fails in the image, as it should.
The adapter's image has what the lock of the runtime names, and nothing else.
"""

import configparser
import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

from harness import folders
from harness.errors import BuildFailed
from harness.layers import Layer, layer, write_program

HOME = "opt/gastown"
DEPENDENCIES = "opt/dependencies"
LOCK = folders.PROJECT / "requirements" / "runtime.txt"

_SCRIPT = """\
#!/usr/bin/python3 -I
import sys
sys.path[:0] = {paths}
from {module} import {function}
sys.exit({function}())
"""


class Packaged(NamedTuple):
    """The wheel with the command of the steps, and with those of the adapter and of events, which share an image."""

    steps: Layer
    adapter: Layer


def packaged() -> Packaged:
    """The layers with the wheel of this checkout. Raises BuildFailed."""
    with tempfile.TemporaryDirectory(prefix="gastown-wheel-") as scratch:
        wheel = _build(Path(scratch))
        with zipfile.ZipFile(wheel) as archive:
            contents = sorted((entry.filename, entry.CRC) for entry in archive.infolist())
        key = hashlib.sha256(repr((3, contents)).encode()).hexdigest()
        return Packaged(
            layer("steps", key, lambda root: _install(wheel, root, "gastown-step")),
            layer("adapter", key, lambda root: _install(wheel, root, "gastown-adapter", "gastown-events")),
        )


def dependencies(ground: Layer) -> Layer:
    """The layer with what the adapter needs beside the wheel, for the Python of the layer below. Raises BuildFailed."""
    key = f"1 {ground.digest} {LOCK.read_text(encoding='utf-8')}"
    return layer("dependencies", key, lambda root: _install_dependencies(root, _python(ground)))


def _build(folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    _run(command, f"the wheel of {folders.PROJECT} does not build")
    return next(folder.glob("*.whl"))


def _install(wheel: Path, root: Path, *names: str) -> None:
    shutil.unpack_archive(wheel, root / HOME, format="zip")
    entry_points = configparser.ConfigParser()
    entry_points.read(next((root / HOME).glob("*.dist-info/entry_points.txt")), encoding="utf-8")
    _compile(root, root / HOME)
    for name in names:
        module, function = entry_points["console_scripts"][name].split(":")
        paths = [f"/{HOME}"] if name == "gastown-step" else [f"/{HOME}", f"/{DEPENDENCIES}"]
        text = _SCRIPT.format(paths=paths, module=module, function=function)
        write_program(text, root, f"usr/local/bin/{name}")


def _install_dependencies(root: Path, python: str) -> None:
    target = root / DEPENDENCIES
    tool = ["uv", "pip"] if shutil.which("uv") else [sys.executable, "-m", "pip"]
    what = ["--require-hashes", "--requirement", str(LOCK), "--target", str(target)]
    kind = ["--no-deps", "--only-binary", ":all:", "--python-version", python]
    _run([*tool, "install", "--quiet", *kind, *what], f"{LOCK.name} can't be installed for Python {python}")
    _compile(root, target)


def _compile(root: Path, folder: Path) -> None:
    """Compile what a pod with a read-only file system could not keep compiled, of use where both Pythons are of one version.

    All files of a layer are of one date, by which Python would hold every compiled file for stale, did it look.
    """
    mode = ["--invalidation-mode", "unchecked-hash", "-s", str(root)]
    _run(
        [sys.executable, "-m", "compileall", "-q", "-j", "0", *mode, str(folder)],
        f"{folder} can't be compiled",
    )


def _python(ground: Layer) -> str:
    with tarfile.open(ground.path) as tar:
        found = [re.fullmatch(r"\./usr/bin/python(3\.\d+)", name) for name in tar.getnames()]
    return next(each[1] for each in found if each)


def _run(command: list[str], failure: str) -> None:
    done = subprocess.run(command, cwd=folders.PROJECT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BuildFailed(f"{failure}: {done.stderr.strip()[-300:]}")
