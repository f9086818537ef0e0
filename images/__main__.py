"""`python -m images [FOLDER]`: an archive of each image, with its bills of materials, its provenance, and checksums of all."""

import argparse
import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

from images.bom import bom
from images.errors import ImageError
from images.oci import Named, layout
from images.provenance import provenance
from images.recipes import RECIPES, Recipe, Source, image
from release.errors import ReleaseError
from release.packages import packages
from release.project import last_commit, project

ROOT = Path(__file__).parents[1]

HOME = "docker.io/gastown"
"""Where images stand in a node that they are imported into: what the chart calls `gastown/steps` is looked for there, and under no shorter name."""


def source() -> Source:
    """What this checkout gives to its images. Raises ReleaseError."""
    found = project(ROOT, moment=int(os.environ.get("SOURCE_DATE_EPOCH") or last_commit(ROOT)))
    (wheel,) = packages(found, "wheel").values()
    command = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    commit = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    return Source(version=found.version, commit=commit, moment=found.moment, wheel=wheel)


def artefacts(recipe: Recipe, found: Source) -> dict[str, bytes]:
    """Name -> content of all files of one image. Raises ImageError."""
    images = tuple(image(recipe, found, each) for each in recipe.architectures)
    made = layout([Named(f"{HOME}/{recipe.name}:{found.version}", images)])
    archive = io.BytesIO()
    made.write(archive)
    files = {f"{recipe.name}.oci.tar": archive.getvalue()}
    files |= {f"{recipe.name}-{each.architecture}.cdx.json": bom(recipe, found, each) for each in images}
    return files | {f"{recipe.name}.intoto.json": provenance(recipe, found, made, images, archive.getvalue())}


def main(arguments: list[str] | None = None) -> int:
    """Make them, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m images", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "dist" / "images")
    folder: Path = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    sums = {}
    try:
        found = source()
        for recipe in RECIPES:
            for name, content in artefacts(recipe, found).items():
                (folder / name).write_bytes(content)
                sums[name] = hashlib.sha256(content).hexdigest()
                sys.stdout.write(f"{len(content) / 1e6:7.1f} MB  {name}\n")
    except (ImageError, ReleaseError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    lines = (f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
