"""What a Debian suite has, as its signed index says."""

import hashlib
import lzma
import re
import subprocess
import tempfile
from pathlib import Path

from images import cache
from images.debian.control import Paragraph, paragraphs
from images.debian.mirrors import mirrors
from images.errors import Changed, Unreachable, Unresolved

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

PARTS = ("", "-updates", "-security")
"""What belongs to a suite beside itself; a later one's packages replace those of an earlier one."""


def index(suite: str, architecture: str) -> dict[str, Paragraph]:
    """Name -> paragraph of all packages for one architecture. Raises Unreachable, Changed, Unresolved."""
    found: dict[str, Paragraph] = {}
    for part in PARTS:
        for root in mirrors():
            release = cache.read(f"{root}dists/{suite}{part}/InRelease")
            if release is not None:
                text = _packages(f"{root}dists/{suite}{part}/", _signed(release), architecture)
                found |= {each["Package"]: each for each in paragraphs(text)}
                break
    if not found:
        raise Unresolved(f"no mirror has the suite {suite}: tried {', '.join(mirrors())}")
    return found


def _signed(release: bytes) -> str:
    """The text of an InRelease file that one of Debian's keys signed."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "InRelease"
        file.write_bytes(release)
        command = ["gpgv", "--quiet", "--keyring", str(KEYRING), "--output", "-", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Changed(f"InRelease is not signed by a key of {KEYRING}: {done.stderr.strip()[-300:]}")
    return done.stdout


def _packages(place: str, release: str, architecture: str) -> str:
    name = f"main/binary-{architecture}/Packages.xz"
    listed = re.search(rf"^ ([0-9a-f]{{64}}) +\d+ {re.escape(name)}$", release, re.MULTILINE)
    if listed is None:
        raise Unresolved(f"{place} has no packages for {architecture}")
    content = cache.read(place + name)
    if content is None:
        raise Unreachable(f"{place}{name} is listed and not served; try another mirror")
    if hashlib.sha256(content).hexdigest() != listed[1]:
        raise Changed(f"{place}{name} is not what its release file says; try again, mirrors change under way")
    return lzma.decompress(content).decode()
