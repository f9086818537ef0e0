"""Compiles what Python runs, with the image's own Python: a pod with a read-only root file system could not keep it compiled."""

import platform
import subprocess
import tempfile
from pathlib import Path

from images.errors import Unresolved
from images.tree import Tree, lay, taken

MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
"""Machine -> what Debian and OCI call it."""

_LOADERS = {
    "amd64": "usr/lib64/ld-linux-x86-64.so.2",
    "arm64": "usr/lib/ld-linux-aarch64.so.1",
}


def own_architecture() -> str:
    """This machine's. Raises Unresolved for one without images."""
    machine = platform.machine()
    if machine not in MACHINES:
        raise Unresolved(f"images are made on {' or '.join(MACHINES)}, this machine is {machine}")
    return MACHINES[machine]


def with_bytecode(tree: Tree, python: Tree) -> Tree:
    """The tree with compiled files beside its sources. `python` is a base tree of this machine's architecture. Raises Unresolved.

    Compiled files are the same for all architectures. All files of a layer are of one date, by which Python would take
    every compiled file for stale, did it look: so they are unchecked.
    """
    sources = {path: file for path, file in tree.items() if path.suffix == ".py"}
    with tempfile.TemporaryDirectory(prefix="gastown-bytecode-") as scratch:
        ground, root = Path(scratch) / "python", Path(scratch) / "root"
        lay(python, ground)
        lay(sources, root)
        _compile(ground, root)
        made = {path: file for path, file in taken(root).items() if "__pycache__" in path.parts}
    return {**tree, **made}


def _compile(ground: Path, root: Path) -> None:
    """Run the program by its own loader, as this machine's C library may be older; without a site, so nothing of this machine counts."""
    libraries = next((ground / "usr/lib").glob("*-linux-gnu"))
    loader = ground / _LOADERS[own_architecture()]
    program = next((ground / "usr/bin").glob("python3.*[0-9]"))
    mode = ["--invalidation-mode", "unchecked-hash", "-s", str(root), "-p", "/", "-q", "-f"]
    done = subprocess.run(
        [loader, "--library-path", libraries, program, "-S", "-m", "compileall", *mode, root],
        env={"PYTHONHOME": str(ground / "usr"), "PYTHONHASHSEED": "0", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Unresolved(f"{program.name} can't compile: {(done.stderr or done.stdout).strip()[-300:]}")
