"""The network of a full cluster: a namespace without a way out, joined to this machine by one veth pair.

It has no default route, so the kernel refuses every packet that is meant for another machine ("network unreachable")
before it is sent; there is no rule to forget. Interfaces, routes and the rules of kube-proxy end with the namespace.
"""

import json
import subprocess
from pathlib import Path

from harness.errors import Broken, Missing
from harness.site import HUB

LINK = "gastown0"
"""The host's end of the pair."""

HOST = "10.87.255.1"
PODS = "10.88.0.0/16"
SERVICES = "10.96.0.0/16"
SERVICE_IP = "10.96.0.1"
BRIDGE = "cni0"
GATEWAY = "10.88.0.1"

MAC = "0a:58:0a:58:00:01"
"""Of the bridge. One that was not told takes the lowest of its ports': it changes as pods come and go, and a pod that knows the old one
speaks to nobody for a minute.
"""


def connect(root: int) -> None:
    """Join the namespace of process `root` to this machine. Raises Missing if the addresses are taken here."""
    _refuse_if_taken()
    _ip("link", "add", LINK, "type", "veth", "peer", "name", "uplink", "netns", str(root))
    _ip("address", "add", f"{HOST}/30", "dev", LINK)
    _ip("link", "set", LINK, "up")
    # For answers to pods that ask a server of this machine, and for webhooks to a Service; they end with the pair.
    for place in (PODS, SERVICES):
        _ip("route", "add", place, "via", HUB)
    inside = ("nsenter", "--target", str(root), "--net")
    for words in (
        "link set lo up",
        f"address add {HUB}/30 dev uplink",
        "link set uplink up",
        f"link add {BRIDGE} address {MAC} type bridge",
        f"address add {GATEWAY}/16 dev {BRIDGE}",
        f"link set {BRIDGE} up",
    ):
        _run(*inside, "ip", *words.split())
    _run(*inside, "sysctl", "--quiet", "--write", "net.ipv4.ip_forward=1")


def write_plugins(folder: Path, state: Path) -> None:
    """The container network configuration: one bridge, addresses handed out from files under `state`."""
    ranges = [[{"subnet": PODS}]]
    address = {
        "type": "host-local",
        "ranges": ranges,
        "routes": [{"dst": "0.0.0.0/0"}],
        "dataDir": str(state),
    }
    bridge = {"type": "bridge", "bridge": BRIDGE, "isGateway": True, "ipMasq": False, "ipam": address}
    folder.mkdir(parents=True, exist_ok=True)
    plugins = [bridge, {"type": "loopback"}]
    text = json.dumps({"cniVersion": "0.4.0", "name": "gastown", "plugins": plugins})
    (folder / "10-gastown.conflist").write_text(text, encoding="utf-8")


def disconnect() -> None:
    """Take the pair away. The namespace would take it along, but a socket that waits for its last word keeps that for minutes."""
    if remains():
        subprocess.run(("ip", "link", "delete", LINK), capture_output=True, check=False)


def remains() -> list[str]:
    """What is still there of the network on this machine; empty after an end."""
    links = json.loads(_run("ip", "-json", "link", "show"))
    return [f"interface {link['ifname']}" for link in links if link["ifname"] == LINK]


def way_out(root: int, source: str, target: str) -> str:
    """How the kernel in the namespace of `root` would send a packet of a pod; no packet is sent."""
    command = ("nsenter", "--target", str(root), "--net", "ip", "route", "get", target)
    done = subprocess.run(
        [*command, "from", source, "iif", BRIDGE], capture_output=True, text=True, check=False
    )
    return done.stdout if done.returncode == 0 else f"refused: {done.stderr.strip()}"


def _refuse_if_taken() -> None:
    for place in (HOST, GATEWAY):
        for route in json.loads(_run("ip", "-json", "route", "show", "to", "match", place)):
            if route["dst"] != "default":
                message = f"this machine already routes {route['dst']} ({route.get('dev')}), which the cluster needs"
                raise Missing(message)


def _ip(*arguments: str) -> None:
    _run("ip", *arguments)


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Broken(f"{' '.join(command)} failed: {done.stderr.strip()}")
    return done.stdout
