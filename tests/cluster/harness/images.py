"""The names of the test cluster's images, and how containerd gets them.

Their names carry a host that cannot exist (`.test`), so a pull could never succeed by accident.
"""

import contextlib
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, cast

from harness.errors import Broken

from images.oci import Named, layout

HOST = "gastown.test"
PAUSE = f"{HOST}/pause:1"
ARGOEXEC = f"{HOST}/argoexec:1"
BASE = f"{HOST}/base:1"
FORGE = f"{HOST}/forge:1"
STEPS = f"{HOST}/steps:1"
ADAPTER = f"{HOST}/adapter:1"
AGENT = f"{HOST}/agent:1"
CLAUDE = f"{HOST}/claude:1"
OPENCODE = f"{HOST}/opencode:1"


def load(images: Sequence[Named], socket: Path) -> None:
    """Import images into containerd, each shared layer once. Raises Broken with containerd's words."""
    if not images:
        return
    command = ("ctr", "--address", str(socket), "--namespace", "k8s.io", "images", "import", "-")
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=words, stderr=words)
        # A pipe was asked for, so there is one; where ctr gives up early, its words say more than the broken pipe.
        with process, contextlib.suppress(BrokenPipeError), cast("IO[bytes]", process.stdin) as stream:
            layout(images).write(stream)
        words.seek(0)
        if process.returncode != 0:
            raise Broken(
                f"containerd refused the images: {words.read().decode(errors='replace').strip()[-400:]}"
            )
