"""Where Debian's files are had from: `GASTOWN_DEBIAN_MIRRORS`, else whatever this machine's apt is told."""

import functools
import os
import subprocess

from images.errors import Unreachable


def mirrors() -> list[str]:
    """Roots of archives, each with its slash at the end. Raises Unreachable where none is known."""
    named = os.environ.get("GASTOWN_DEBIAN_MIRRORS", "").split() or _of_apt()
    if not named:
        raise Unreachable(
            "no mirror of Debian is known here: name them in GASTOWN_DEBIAN_MIRRORS, separated by spaces"
        )
    return [each.rstrip("/") + "/" for each in named]


@functools.cache
def _of_apt() -> list[str]:
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    return list(dict.fromkeys(told.split()))
