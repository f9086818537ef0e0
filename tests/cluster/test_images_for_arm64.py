"""The images for the other machine run there: each program of theirs is started under emulation."""

import os
import platform
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from images.__main__ import source
from images.errors import ImageError
from images.oci import PATH
from images.recipes import RECIPES, image

EMULATOR = "qemu-aarch64-static"

pytestmark = [
    pytest.mark.timeout(1200),  # layers that no cache has are made first
    pytest.mark.skipif(os.geteuid() != 0, reason="runs programs in another root folder: run as root"),
    pytest.mark.skipif(
        shutil.which(EMULATOR) is None, reason=f"no {EMULATOR} here: install the package qemu-user-static"
    ),
    pytest.mark.skipif(platform.machine() == "aarch64", reason="test_released_images has them here"),
]

_PYTHON = "/usr/bin/python3 -I /usr/local/bin/"
_NODE = "/usr/local/bin/node /usr/local/bin/"

PROGRAMS = {
    "steps": {
        "/usr/bin/git --version": "git version",
        "/usr/bin/git-lfs version": "git-lfs/",
        "/usr/bin/ssh -V": "OpenSSH",
        f"{_PYTHON}gastown-step --help": "usage: gastown-step",
    },
    "adapter": {
        f"{_PYTHON}gastown-adapter --help": "Usage: gastown-adapter",
        f"{_PYTHON}gastown-events --help": "Usage: gastown-events",
    },
    "polecat-aider": {"/usr/bin/python3.11 -I /usr/local/bin/aider --version": "aider 0."},
    "polecat-agent": {
        "/usr/local/bin/claude --version": "Claude Code",
        "/usr/bin/make --version": "GNU Make",
    },
    "polecat-codex": {"/usr/local/bin/codex --version": "codex-cli"},
    "polecat-copilot": {"/usr/local/bin/copilot --version": "Copilot CLI 1."},
    "polecat-gemini": {f"{_NODE}gemini --version": "0."},
    "polecat-opencode": {"/usr/local/bin/opencode --version": "1."},
    "polecat-qwen": {f"{_NODE}qwen --version": "0."},
}
"""Image -> command, its interpreter spelled out as the emulator starts one file -> what it tells."""

_IN_IT = (
    'mkdir -p "$0/proc" "$0/dev" "$0/tmp" && mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" &&'
    ' mount -t tmpfs -o mode=1777 tmpfs "$0/tmp" && exec chroot --userspec=65532:65532 "$0" /emulator "$@"'
)


def test_every_image_is_tried() -> None:
    """Those that are made for it."""
    assert {each.name for each in RECIPES if "arm64" in each.architectures} == set(PROGRAMS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_its_programs_run_on_arm64(name: str, tmp_path: Path) -> None:
    """Machine code, libraries and loader are all of that kind."""
    recipe = next(each for each in RECIPES if each.name == name)
    try:
        one = image(recipe, source(), "arm64")
    except ImageError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no images here: {error}")
    tmp_path.chmod(0o755)  # it becomes `/`
    for layer in one.layers:
        with tarfile.open(layer.path) as archive:
            archive.extractall(tmp_path, filter="tar")
    shutil.copy(shutil.which(EMULATOR) or "", tmp_path / "emulator")

    for command, told in PROGRAMS[name].items():
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", _IN_IT, str(tmp_path), *command.split()],
            # Gemini's command starts itself anew, which the emulator can't follow.
            env={"PATH": PATH, **one.environment, "HOME": "/tmp", "GEMINI_CLI_NO_RELAUNCH": "true"},  # noqa: S108
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert told in done.stdout + done.stderr, command
    shutil.rmtree(tmp_path)
