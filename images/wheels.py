"""The layers of wheels: what the lock of the runtime names, and this package itself."""

import configparser
import io
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from images.errors import Unresolved
from images.tree import Tree, add

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements" / "runtime.txt"
HOME = "opt/gastown"
DEPENDENCIES = "opt/dependencies"

_PLATFORMS = {"amd64": "x86_64", "arm64": "aarch64"}
_GLIBC = ("manylinux_2_34", "manylinux_2_28", "manylinux_2_17", "manylinux2014")

LEFT_OUT = re.compile(r"kubernetes/(aio/)?client/(api|models)/(?!__init__\.py$)")
"""A module for each kind and each group of Kubernetes, half of the adapter's image: it speaks in plain JSON and loads none of them."""

_SCRIPT = """\
#!/usr/bin/{python} -I
import sys
sys.path[:0] = {paths}
from {module} import {function}
sys.exit({function}())
"""


def dependencies(architecture: str, python: str) -> Tree:
    """What the lock of the runtime names. Raises Unresolved."""
    return unpacked(LOCK, architecture=architecture, python=python, folder=DEPENDENCIES)


def unpacked(lock: Path, *, architecture: str, python: str, folder: str) -> Tree:
    """What a lock names, for one Python such as 3.13, unpacked without their scripts. Raises Unresolved."""
    with tempfile.TemporaryDirectory(prefix="gastown-wheels-") as scratch:
        platforms = [f"--platform={each}_{_PLATFORMS[architecture]}" for each in _GLIBC]
        what = ["--no-deps", "--require-hashes", "--requirement", str(lock), "--only-binary=:all:"]
        command = [
            "pip",
            "download",
            "--quiet",
            "--dest",
            scratch,
            "--python-version",
            python,
            *platforms,
            *what,
        ]
        _run(
            [sys.executable, "-m", *command],
            f"{lock.name} can't be had for Python {python} on {architecture}",
        )
        tree: Tree = {}
        for wheel in sorted(Path(scratch).glob("*.whl")):
            _unpack(tree, wheel.read_bytes(), folder)
        return tree


def package(wheel: bytes, commands: Iterable[str]) -> Tree:
    """This package's wheel, and those of its commands that the image is for."""
    tree: Tree = {}
    _unpack(tree, wheel, HOME)
    listed = next(file for path, file in tree.items() if path.match("*.dist-info/entry_points.txt"))
    points = configparser.ConfigParser()
    points.read_string((listed.content or b"").decode())
    for name in commands:
        paths = [f"/{HOME}", f"/{DEPENDENCIES}"]
        add_command(tree, name, points["console_scripts"][name], python="python3", paths=paths)
    return tree


def add_command(tree: Tree, name: str, entry: str, *, python: str, paths: list[str]) -> None:
    """Put a program there that calls an entry point, and finds modules in these folders."""
    module, function = entry.split(":")
    text = _SCRIPT.format(python=python, paths=paths, module=module, function=function)
    add(tree, f"usr/local/bin/{name}", text.encode(), mode=0o755)


def _unpack(tree: Tree, wheel: bytes, folder: str) -> None:
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        for entry in archive.infolist():
            path = re.sub(r"^[^/]+\.data/(purelib|platlib)/", "", entry.filename)
            if not entry.is_dir() and ".data/" not in path and not LEFT_OUT.match(path):
                add(tree, f"{folder}/{path}", archive.read(entry))


def _run(command: list[str], failure: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unresolved(f"{failure}: {done.stderr.strip()[-400:]}")
