"""The wheel and the source archive."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from release.project import Project


def packages(project: Project, *targets: str) -> dict[str, bytes]:
    """Name -> content of both, or of those targets of hatchling alone, built by hatchling, which takes SOURCE_DATE_EPOCH in place of the files' own times."""
    environment = os.environ | {"SOURCE_DATE_EPOCH": str(project.moment)}
    with tempfile.TemporaryDirectory(prefix="gastown-dist-") as folder:
        command = [
            sys.executable,
            "-m",
            "hatchling",
            "build",
            "-d",
            folder,
            *(f"-t{each}" for each in targets),
        ]
        subprocess.run(command, cwd=project.root, env=environment, check=True, capture_output=True)
        return {each.name: each.read_bytes() for each in sorted(Path(folder).iterdir())}
