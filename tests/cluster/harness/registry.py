"""A registry for images and charts on one address of this machine, with a log-in."""

import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from harness.errors import Broken, Missing

USER = "town"
PASSWORD = "stand-in"
_HTPASSWD = f"{USER}:$2b$05$yQ/VD96tjUB6DrhThLGSxOehJueffPusNw9h1IXBXRg60CyknQVI6\n"
"""The password, as bcrypt: the only form that the registry takes."""

PATIENCE = 20.0
"""Seconds that it has to answer."""


@contextmanager
def registry(folder: Path, address: str) -> Iterator[None]:
    """Serve at `host:port`, without TLS, what is pushed there, until the end. Raises Missing, Broken."""
    program = shutil.which("docker-registry")
    if program is None:
        raise Missing("no registry here: install the package docker-registry")
    folder.mkdir(parents=True)
    (folder / "htpasswd").write_text(_HTPASSWD, encoding="utf-8")
    settings = {
        "version": "0.1",
        "log": {"level": "warn"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "blobs")}},
        "http": {"addr": address},
        "auth": {"htpasswd": {"realm": "town", "path": str(folder / "htpasswd")}},
    }
    (folder / "config.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, "serve", str(folder / "config.yml")], stdout=log, stderr=log)
        try:
            _await(process, address, folder / "log")
            yield
        finally:
            process.terminate()
            process.wait()


def _await(process: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://{address}/v2/", timeout=1)
        except urllib.error.HTTPError:
            return  # it wants a log-in
        except OSError:
            time.sleep(0.02)
    raise Broken(f"the registry does not answer: {log.read_text(encoding='utf-8')[-300:]}")
