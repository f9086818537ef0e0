"""`python -m release [FOLDER]`: all files of a release and their checksums."""

import argparse
import hashlib
import os
import sys
from pathlib import Path

from release.bom import bom
from release.chart import chart, definitions
from release.errors import ReleaseError
from release.notes import notes
from release.packages import packages
from release.project import Project, last_commit, project

ROOT = Path(__file__).parents[1]


def artefacts(found: Project) -> dict[str, bytes]:
    """Name -> content of everything that a release has, the checksums among it. Raises ReleaseError."""
    changelog = (found.root / "CHANGELOG.md").read_text(encoding="utf-8")
    files = dict([chart(found), definitions(found), bom(found)]) | packages(found)
    files["notes.md"] = notes(changelog, found.version).encode()
    sums = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return files | {"SHA256SUMS": "".join(sums).encode()}


def main(arguments: list[str] | None = None) -> int:
    """Write them. Nothing is written where one can't be made."""
    parser = argparse.ArgumentParser(prog="python -m release", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "dist")
    folder: Path = parser.parse_args(arguments).folder
    moment = int(os.environ.get("SOURCE_DATE_EPOCH") or last_commit(ROOT))
    try:
        files = artefacts(project(ROOT, moment=moment))
    except ReleaseError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    sys.stdout.write(files["SHA256SUMS"].decode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
