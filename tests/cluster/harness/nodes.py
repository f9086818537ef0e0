"""The node of a full cluster: containerd, kubelet and kube-proxy, all of it in the cluster's folder and namespaces."""

import json
import os
import subprocess
from pathlib import Path

from harness.credentials import NODE
from harness.errors import Broken, Missing
from harness.families import binary
from harness.images import PAUSE
from harness.network import PODS, write_plugins
from harness.processes import Program
from harness.site import Site

CGROUPS = Path("/sys/fs/cgroup")
CGROUP = "gastown-test"
"""The control group, in each hierarchy, that all pods live under."""

PRIVATE = ("/run", "/var/lib", "/var/log")
"""Folders that the cluster sees empty and writable: runtimes keep sockets, locks and caches at fixed paths there."""

_CONTAINERD = """\
version = 2
root = "{state}/containerd"
state = "/run/containerd"
oom_score = 0
[grpc]
address = "{state}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{pause}"
# Lowering a score needs a right that a nested process namespace may lack; runc then says only
# "can't get final child's PID from pipe: EOF".
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"
[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "{state}/registries"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "{state}/cni/config"
"""


def prepare(site: Site, root: int) -> None:
    """Make the control groups, hide the machine's own folders from the cluster, write the configurations."""
    for folder in PRIVATE:
        if site.folder.is_relative_to(folder):
            raise Missing(
                f"the cache lies under {folder}, which the cluster hides: set GASTOWN_CACHE_DIR elsewhere"
            )
        _inside(root, "mount", "-t", "tmpfs", "gastown", folder)
    for hierarchy in hierarchies():
        (hierarchy / CGROUP).mkdir(exist_ok=True)
    _give_processors()
    _give_weight()
    write_plugins(site.folder / "cni" / "config", site.folder / "cni" / "addresses")
    (site.folder / "resolv.conf").write_text("", encoding="utf-8")
    text = _CONTAINERD.format(state=site.folder, pause=PAUSE)
    (site.folder / "containerd.toml").write_text(text, encoding="utf-8")
    _write(site.folder / "kubelet.json", _kubelet_configuration(site))
    _write(site.folder / "proxy.json", _proxy_configuration(site))


def containerd(site: Site) -> Program:
    """The container runtime, with its own root, state and socket."""
    return Program("containerd", ["containerd", "--config", site.folder / "containerd.toml"])


def kubelet(site: Site) -> Program:
    """The node's agent."""
    flags = [f"--config={site.folder / 'kubelet.json'}", f"--kubeconfig={site.kubeconfig('kubelet')}"]
    flags += [
        f"--root-dir={site.folder / 'kubelet'}",
        f"--hostname-override={NODE}",
        f"--node-ip={site.address}",
    ]
    return Program("kubelet", [binary("kubelet"), *flags])


def proxy(site: Site) -> Program:
    """The services' addresses, as rules in the cluster's own network namespace."""
    return Program("kube-proxy", [binary("kube-proxy"), f"--config={site.folder / 'proxy.json'}"])


def hierarchies() -> list[Path]:
    """The roots of the control group hierarchies: one with cgroup v2, one per controller with v1."""
    if (CGROUPS / "cgroup.controllers").is_file():
        return [CGROUPS]
    return sorted({entry.resolve() for entry in CGROUPS.iterdir() if entry.is_dir()})


def groups() -> list[Path]:
    """The control groups of a cluster that are there now; empty after an end."""
    return [root / CGROUP for root in hierarchies() if (root / CGROUP).is_dir()]


def remove_groups() -> None:
    """Remove the control groups, the innermost first."""
    for group in groups():
        for folder, _, _ in os.walk(group, topdown=False):
            Path(folder).rmdir()


def _give_processors() -> None:
    """A new cpuset of cgroup v1 has no processors and no memory, and refuses processes until it is given some."""
    cpuset = CGROUPS / "cpuset"
    if (cpuset / CGROUP).is_dir():
        for name in ("cpuset.cpus", "cpuset.mems"):
            (cpuset / CGROUP / name).write_text((cpuset / name).read_text(encoding="utf-8"), encoding="utf-8")


def _give_weight() -> None:
    """All pods together count as one process to the kernel, and would wait behind each of the machine's others."""
    for file, weight in (
        (CGROUPS / "cpu" / CGROUP / "cpu.shares", 4096),
        (CGROUPS / CGROUP / "cpu.weight", 400),
    ):
        if file.is_file():
            file.write_text(str(weight), encoding="utf-8")


def _kubelet_configuration(site: Site) -> dict[str, object]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": site.address,
        "authentication": {
            "anonymous": {"enabled": False},
            "x509": {"clientCAFile": str(site.certificates / "ca.crt")},
        },
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{CGROUP}",
        "containerRuntimeEndpoint": f"unix://{site.folder}/containerd.sock",
        "enforceNodeAllocatable": [],
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1Gi", "imagefs.available": "1Gi"},
        "failCgroupV1": False,
        "failSwapOn": False,
        "fileCheckFrequency": "0s",
        "imageMinimumGCAge": "24h",
        "maxPods": 250,
        "podLogsDir": str(site.folder / "pods"),
        "resolvConf": str(site.folder / "resolv.conf"),
        "syncFrequency": "10s",
    }


def _proxy_configuration(site: Site) -> dict[str, object]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "bindAddress": site.address,
        "clientConnection": {"kubeconfig": str(site.kubeconfig("proxy"))},
        "clusterCIDR": PODS,
        "conntrack": {"maxPerCore": 0},
        "hostnameOverride": NODE,
        "mode": "iptables",
    }


def _write(path: Path, value: dict[str, object]) -> None:
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")


def _inside(root: int, *command: str) -> None:
    enter = ("nsenter", "--target", str(root), "--mount", "--")
    done = subprocess.run([*enter, *command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Broken(f"{' '.join(command)} failed in the cluster: {done.stderr.strip()}")
