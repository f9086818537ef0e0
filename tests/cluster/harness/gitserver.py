"""The forge of a test cluster: bare repositories over smart HTTP with a token and, in a full cluster, ssh with a key.

One address serves the host and every pod. The ssh server runs in a container of its own, so none is installed on the machine.
"""

import base64
import json
import secrets
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import folders
from harness.errors import Broken, Missing
from harness.images import FORGE
from harness.processes import Program
from harness.site import Mode, Site

_SSHD = """\
Port {port}
ListenAddress {address}
HostKey /srv/ssh/host
AuthorizedKeysFile /srv/ssh/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PidFile none
PrintMotd no
"""

_ONLY_GIT = 'restrict,command="sh -c \\"$SSH_ORIGINAL_COMMAND\\""'


@dataclass(frozen=True, slots=True)
class GitServer:
    """The repositories and keys of one cluster's forge."""

    site: Site

    @property
    def root(self) -> Path:
        """The folder of the bare repositories."""
        return self.site.folder / "git"

    @property
    def keys(self) -> Path:
        """The folder of the token and of the ssh keys."""
        return self.site.folder / "ssh"

    @property
    def token(self) -> str:
        """The password that smart HTTP asks for."""
        return (self.keys / "token").read_text(encoding="utf-8")

    @property
    def credentials(self) -> list[str]:
        """What lets one in: the token, and of the key the line that makes it what it is."""
        key = (self.keys / "client").read_text(encoding="utf-8").splitlines()[1:2] if self.speaks_ssh else []
        return [self.token, *key]

    def prepare(self) -> None:
        """Make the folders, the token and the keys, once."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.keys.mkdir(mode=0o700, exist_ok=True)
        if (self.keys / "sshd_config").exists():
            return
        (self.keys / "token").write_text(secrets.token_hex(16), encoding="utf-8")
        if self.speaks_ssh:
            for name in ("host", "client"):
                _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(self.keys / name))
            public = (self.keys / "client.pub").read_text(encoding="utf-8")
            (self.keys / "authorized_keys").write_text(f"{_ONLY_GIT} {public}", encoding="utf-8")
        text = _SSHD.format(port=self.site.ssh, address=self.site.address)
        (self.keys / "sshd_config").write_text(text, encoding="utf-8")

    def programs(self) -> list[Program]:
        """The servers to run."""
        http: list[str | Path] = [
            sys.executable,
            "-m",
            "harness.githttp",
            self.site.address,
            str(self.site.http),
            self.root,
        ]
        environment = {"PYTHONPATH": str(folders.TESTS), "GIT_TOKEN": self.token}
        programs = [Program("git-http", http, environment)]
        if self.speaks_ssh:
            programs.append(Program("git-ssh", self._sshd()))
        return programs

    def listens(self) -> bool:
        """True where every server answers its port."""
        ports = [self.site.http, *([self.site.ssh] if self.speaks_ssh else [])]
        return all(_open(self.site.address, port) for port in ports)

    def create(self, name: str) -> Path:
        """A new, empty bare repository `<name>.git` with a main branch to be; what is there already is kept."""
        path = self.root / f"{name}.git"
        _run("git", "init", "--quiet", "--bare", "--initial-branch=main", str(path))
        for option in ("http.receivepack", "uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
            _run("git", "-C", str(path), "config", option, "true")
        return path

    def http_url(self, name: str) -> str:
        """Where pods and this machine reach a repository by HTTP."""
        return f"http://{self.site.address}:{self.site.http}/{name}.git"

    def ssh_url(self, name: str) -> str:
        """Where pods and this machine reach a repository by ssh. Raises Missing where only a full cluster's pods could."""
        if not self.speaks_ssh:
            raise Missing(
                "the forge speaks ssh in a full cluster of the harness only: its server runs in a container there"
            )
        return f"ssh://root@{self.site.address}:{self.site.ssh}/srv/git/{name}.git"

    def http_secret(self, name: str, namespace: str) -> dict[str, Any]:
        """The Secret that lets a pod in by HTTP."""
        return secret(name, namespace, {"username": "gastown", "password": self.token})

    @property
    def speaks_ssh(self) -> bool:
        """True where there is an ssh server beside the HTTP one."""
        return self.site.mode is Mode.FULL

    def ssh_secret(self, name: str, namespace: str) -> dict[str, Any]:
        """The Secret that lets a pod in by ssh, the server's own key included."""
        key = (self.keys / "client").read_text(encoding="utf-8")
        return secret(name, namespace, {"ssh-privatekey": key, "known_hosts": self.known_hosts})

    @property
    def known_hosts(self) -> str:
        """The line by which a client knows the ssh server."""
        kind, key, *_ = (self.keys / "host.pub").read_text(encoding="utf-8").split()
        return f"[{self.site.address}]:{self.site.ssh} {kind} {key}\n"

    def _sshd(self) -> list[str | Path]:
        runtime: list[str | Path] = [
            "ctr",
            "--address",
            self.site.folder / "containerd.sock",
            "--namespace",
            "k8s.io",
            "run",
        ]
        mounts: list[str | Path] = []
        for source, target in ((self.root, "/srv/git"), (self.keys, "/srv/ssh")):
            mounts += ["--mount", f"type=bind,src={source},dst={target},options=rbind:rw"]
        # The runtime mounts an empty /run, and sshd refuses to start without its folder there.
        server = "mkdir -p /run/sshd && exec /usr/sbin/sshd -D -e -f /srv/ssh/sshd_config"
        return [*runtime, "--rm", "--net-host", *mounts, FORGE, "git-ssh", "sh", "-c", server]


def secret(name: str, namespace: str, data: dict[str, str]) -> dict[str, Any]:
    """A Secret of these values."""
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": encoded}


def _open(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=2):
            return True
    except OSError:
        return False


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Broken(f"{json.dumps(command)} failed: {done.stderr.strip()}")
