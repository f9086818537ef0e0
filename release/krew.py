"""`kubectl gt` for krew: one archive for all platforms, and the manifest that names it.

No single file holds the program: its packages have compiled parts, of another kind for each platform and each Python.
So the archive brings the wheel and the lock, and the first run installs them.
"""

import hashlib
from pathlib import Path, PurePosixPath

import yaml

from release.archives import tgz
from release.project import Project

LAUNCHER = Path(__file__).with_name("kubectl-gt.sh")


def archive(project: Project, wheel: tuple[str, bytes]) -> tuple[str, bytes]:
    """Name and content of the archive."""
    name, content = wheel
    lock = (project.root / "requirements" / "runtime.txt").read_bytes()
    # Two builds of one version are not of one content; each has an environment of its own.
    label = f"{project.version}-{hashlib.sha256(content + lock).hexdigest()[:12]}"
    launcher = LAUNCHER.read_text(encoding="utf-8").replace("@VERSION@", label)
    files = {
        "kubectl-gt": launcher.encode(),
        "runtime.txt": lock,
        "LICENSE": (project.root / "LICENSE").read_bytes(),
        name: content,
    }
    packed = {PurePosixPath(path): data for path, data in files.items()}
    return f"kubectl-gt-{project.version}.tar.gz", tgz(
        packed, moment=project.moment, programs=[PurePosixPath("kubectl-gt")]
    )


def manifest(project: Project, packed: tuple[str, bytes], address: str) -> tuple[str, bytes]:
    """Name and content of krew's manifest, where the files of the release are to be found below an address."""
    name, content = packed
    platform = {
        "selector": {"matchExpressions": [{"key": "os", "operator": "In", "values": ["darwin", "linux"]}]},
        "uri": f"{address.rstrip('/')}/{name}",
        "sha256": hashlib.sha256(content).hexdigest(),
        "bin": "kubectl-gt",
    }
    told = {
        "apiVersion": "krew.googlecontainertools.github.com/v1alpha2",
        "kind": "Plugin",
        "metadata": {"name": "gt"},
        "spec": {
            "version": f"v{project.version}",
            "shortDescription": "Sling beads at coding agents, and see them merged",
            "description": "Talks to Gas Town on Argo: rigs, convoys, polecats and the merge queue of a cluster.\n",
            "caveats": "It needs Python 3.11 or newer; the first run installs its packages, by hash.\n",
            "platforms": [platform],
        },
    }
    return "gt.yaml", yaml.safe_dump(told, sort_keys=False).encode()
