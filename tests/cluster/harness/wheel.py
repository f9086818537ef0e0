"""The layer of the steps image: this checkout's wheel, as a user would install it, and nothing that it depends on.

What runs inside the pods is standard library only; an import of anything else fails in the image, as it should.
"""

import configparser
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from harness import folders
from harness.errors import BuildFailed
from harness.layers import Layer, layer, write_program

HOME = "opt/gastown"

_SCRIPT = """\
#!/usr/bin/python3 -I
import sys
sys.path.insert(0, "/{home}")
from {module} import {function}
sys.exit({function}())
"""


def installed() -> Layer:
    """The layer with the wheel of this checkout and its command `gastown-step`. Raises BuildFailed."""
    with tempfile.TemporaryDirectory(prefix="gastown-wheel-") as scratch:
        wheel = _build(Path(scratch))
        with zipfile.ZipFile(wheel) as archive:
            contents = sorted((entry.filename, entry.CRC) for entry in archive.infolist())
        key = hashlib.sha256(repr(contents).encode()).hexdigest()
        return layer("steps", key, lambda root: _install(wheel, root))


def _build(folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(command, cwd=folders.PROJECT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BuildFailed(f"the wheel of {folders.PROJECT} does not build: {done.stderr.strip()[-300:]}")
    return next(folder.glob("*.whl"))


def _install(wheel: Path, root: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(root / HOME)
    entry_points = configparser.ConfigParser()
    entry_points.read(next((root / HOME).glob("*.dist-info/entry_points.txt")), encoding="utf-8")
    module, function = entry_points["console_scripts"]["gastown-step"].split(":")
    text = _SCRIPT.format(home=HOME, module=module, function=function)
    write_program(text, root, "usr/local/bin/gastown-step")
