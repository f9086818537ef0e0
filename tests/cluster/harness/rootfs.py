"""The layer that most images stand on: a small Debian with git, ssh and Python, made by debootstrap."""

import platform
import shutil
import subprocess
from pathlib import Path

from harness.errors import BuildFailed, Missing
from harness.layers import Layer, layer

PACKAGES = ("git", "ca-certificates", "openssh-client", "openssh-server", "python3", "procps")

USELESS = ("dev", "proc", "sys", "usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info")
"""Not packed: made by the runtime, or read by nobody."""

PASSWD = "polecat:x:65532:65532::/home/polecat:/bin/sh\n"
"""ssh refuses to run for a number without a name."""


def base() -> Layer:
    """The base layer; debootstrap takes about a minute the first time. Raises Missing, BuildFailed."""
    suite = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    return layer("base", f"2 {suite} {PACKAGES} {USELESS} {PASSWD}", lambda root: _fill(root, suite))


def _fill(root: Path, suite: str) -> None:
    command = [
        "debootstrap",
        "--variant=minbase",
        f"--include={','.join(PACKAGES)}",
        suite,
        str(root),
        _mirror(),
    ]
    private = ("unshare", "--mount", "--pid", "--fork", "--mount-proc")
    done = subprocess.run([*private, *command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BuildFailed(
            f"debootstrap {suite} failed: {done.stdout.strip()[-300:]} {done.stderr.strip()[-300:]}"
        )
    _compile(root)
    for name in USELESS:
        shutil.rmtree(root / name, ignore_errors=True)
        (root / name).mkdir(parents=True)
    for name in ("var/cache/apt", "var/lib/apt/lists", "var/log"):
        for entry in (root / name).iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    with (root / "etc/passwd").open("a", encoding="utf-8") as passwd:
        passwd.write(PASSWD)
    (root / "home/polecat").mkdir()
    (root / "run/sshd").mkdir()


def _compile(root: Path) -> None:
    """Python held all of its compiled library for stale, as a layer's files are of one date, and compiled it in every pod."""
    compiling = ("python3", "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash")
    libraries = [str(path.relative_to(root)) for path in root.glob("usr/lib/python3*")]
    subprocess.run(["chroot", str(root), *compiling, *libraries], capture_output=True, check=False)


def _mirror() -> str:
    """The mirror that this machine's apt uses."""
    command = ("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages")
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise Missing(
            "images are made from Debian packages and this machine has no working apt-get"
        ) from None
    if not done.stdout.strip():
        raise Missing("apt knows no repository: run `apt-get update`")
    return done.stdout.splitlines()[0]
