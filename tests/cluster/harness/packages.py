"""The programs that come from the system's packages: named where missing, installed where that may be done."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from harness.errors import Missing
from harness.site import Mode

PROGRAMS = {
    "conntrack": "conntrack",
    "containerd": "containerd",
    "ctr": "containerd",
    "git": "git",
    "ip": "iproute2",
    "iptables": "iptables",
    "openssl": "openssl",
    "runc": "runc",
    "ssh-keygen": "openssh-client",
    "sysctl": "procps",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
}
"""Program -> Debian package, for a full cluster."""

LIGHT = ("git", "openssl")

POSTGRES = "/usr/lib/postgresql/*/bin/postgres"

TESTED = {
    POSTGRES: "postgresql",
    "docker-registry": "docker-registry",
    "prometheus": "prometheus",
    "qemu-aarch64-static": "qemu-user-static",
    "shellcheck": "shellcheck",
    "skopeo": "skopeo",
}
"""What single tests need on top of it, and else are skipped."""


def require(mode: Mode, say: Callable[[str], None], *, tests: bool = False) -> None:
    """Have every program there, those of the tests too where asked for; as root with apt-get, missing packages are installed.

    Raises Missing, naming them.
    """
    if mode is Mode.FULL and os.geteuid() != 0:
        raise Missing("a full cluster makes namespaces and mounts: run as root, or use --light")
    more = TESTED if tests else {}
    missing = _missing(mode, more)
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"installing {' '.join(missing)}")
        _install(missing)
        missing = _missing(mode, more)
    if missing:
        raise Missing(f"install these packages: {' '.join(missing)}")


def postgres() -> Path:
    """PostgreSQL's server, the newest one. Raises Missing."""
    found = sorted(_installed(POSTGRES))
    if not found:
        raise Missing("no PostgreSQL here: install the package postgresql")
    return found[-1]


def prometheus() -> Path:
    """Prometheus' server; promtool lies beside it. Raises Missing."""
    found = shutil.which("prometheus")
    if found is None:
        raise Missing("no Prometheus here: install the package prometheus")
    return Path(found)


def _missing(mode: Mode, more: Mapping[str, str]) -> list[str]:
    wanted = {name: package for name, package in PROGRAMS.items() if mode is Mode.FULL or name in LIGHT}
    wanted |= more
    # As root without a log-in, /usr/sbin may be missing from the PATH, and iptables and ip live there.
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    found = {name for name in wanted if any(_installed(name)) or shutil.which(name, path=path)}
    return sorted({package for name, package in wanted.items() if name not in found})


def _installed(pattern: str) -> Iterator[Path]:
    """The files of an absolute path with stars in it."""
    return Path("/").glob(pattern.removeprefix("/"))


def _install(packages: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ("apt-get", "install", "--yes", "--no-install-recommends", *packages)
    for command in (("apt-get", "update"), install):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Missing(f"{' '.join(command)} failed: {done.stderr.strip()[-300:]}")
