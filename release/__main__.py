"""`python -m release [FOLDER]`: all files of a release and their checksums."""

import argparse
import hashlib
import os
import sys
from pathlib import Path

from release import krew
from release.bom import bom
from release.chart import chart, definitions
from release.errors import ReleaseError
from release.notes import notes
from release.packages import packages
from release.project import Project, last_commit, project

ROOT = Path(__file__).parents[1]


def artefacts(found: Project, *, tagged: bool = False, address: str = "") -> dict[str, bytes]:
    """Name -> content of everything that a release has, the checksums among it. Raises ReleaseError.

    `tagged` where it is to be published, `address` where its files will then be: krew's manifest names it.
    """
    changelog = (found.root / "CHANGELOG.md").read_text(encoding="utf-8")
    files = dict([chart(found), definitions(found), bom(found)]) | packages(found)
    wheel = next((name, content) for name, content in files.items() if name.endswith(".whl"))
    plugin = krew.archive(found, wheel)
    files |= dict([plugin, *([krew.manifest(found, plugin, address)] if address else [])])
    files["notes.md"] = notes(changelog, found.version, tagged=tagged).encode()
    sums = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return files | {"SHA256SUMS": "".join(sums).encode()}


def main(arguments: list[str] | None = None) -> int:
    """Write them. Nothing is written where one can't be made."""
    parser = argparse.ArgumentParser(prog="python -m release", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "dist")
    parser.add_argument("--tag", default="", help="the tag that is released: it has to name this version")
    parser.add_argument("--address", default="", help="where the files will be: krew's manifest names it")
    options = parser.parse_args(arguments)
    folder: Path = options.folder
    moment = int(os.environ.get("SOURCE_DATE_EPOCH") or last_commit(ROOT))
    try:
        files = artefacts(
            project(ROOT, moment=moment, tag=options.tag), tagged=bool(options.tag), address=options.address
        )
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
