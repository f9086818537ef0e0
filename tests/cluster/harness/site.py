"""Where one cluster lives: its mode, its folder, its address and its ports.

`full` runs in namespaces of its own, so its ports are fixed; `light` runs on the loopback interface beside whatever
else is there, so its ports are chosen when it boots.
"""

import dataclasses
import enum
import json
import socket
from pathlib import Path
from typing import Self

from harness import folders
from harness.given import address, given

HUB = "10.87.255.2"
"""The one address of a full cluster: reached from the host over a veth pair and from every pod through the bridge."""


class Mode(enum.StrEnum):
    """`full`: a node with real pods, needs root. `light`: no node, pods are played, needs no rights.

    `given`: somebody else's cluster, of which nothing is ours but the forge, the model and the player beside it.
    """

    FULL = "full"
    LIGHT = "light"
    GIVEN = "given"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """All that one needs to find the parts of a cluster; stored as `site.json` in its folder."""

    mode: Mode
    folder: Path
    address: str
    api: int = 6443
    etcd: int = 2379
    peer: int = 2380
    http: int = 3000
    ssh: int = 2222
    model: int = 8080
    theirs: Path | None = None
    """The kubeconfig of a given cluster."""

    @property
    def url(self) -> str:
        """The apiserver's address."""
        return f"https://{self.address}:{self.api}"

    @property
    def logs(self) -> Path:
        """One log file per process."""
        return self.folder / "logs"

    @property
    def certificates(self) -> Path:
        """Keys and certificates, made anew at every boot."""
        return self.folder / "certificates"

    @property
    def socket(self) -> Path:
        """The supervisor's control socket."""
        return self.folder / "supervisor.sock"

    def kubeconfig(self, user: str = "admin") -> Path:
        """The kubeconfig of one user of this cluster; a given one has no other."""
        return self.theirs or self.folder / "kubeconfig" / f"{user}.yaml"

    def save(self) -> None:
        """Write site.json, by which later commands find the cluster."""
        self.folder.mkdir(parents=True, exist_ok=True)
        values = json.dumps(dataclasses.asdict(self), indent=1, default=str)
        (self.folder / "site.json").write_text(values, encoding="utf-8")

    @classmethod
    def load(cls, mode: Mode) -> Self | None:
        """The site of the cluster that was booted in this mode, or None."""
        try:
            raw = json.loads((folders.state(mode) / "site.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        theirs = Path(raw["theirs"]) if raw.get("theirs") else None
        return cls(**{**raw, "mode": Mode(raw["mode"]), "folder": Path(raw["folder"]), "theirs": theirs})

    @classmethod
    def new(cls, mode: Mode) -> Self:
        """A site for a cluster about to boot."""
        folder = folders.state(mode)
        if mode is Mode.FULL:
            return cls(mode=mode, folder=folder, address=HUB)
        names = ("api", "etcd", "peer", "http", "ssh", "model")
        theirs = given() if mode is Mode.GIVEN else None
        host = address(theirs) if theirs else "127.0.0.1"
        ports = dict(zip(names, free_ports(len(names), host), strict=True))
        return cls(mode=mode, folder=folder, address=host, theirs=theirs, **ports)


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """Ports of an address of this machine that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind((host, 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
