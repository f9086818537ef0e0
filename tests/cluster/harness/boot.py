"""From nothing to a ready apiserver and, in a full cluster, a ready node."""

import shutil
import signal
from collections.abc import Callable

from harness import certificates, controlplane, credentials, manifests, network, nodes, stock
from harness.errors import Broken
from harness.processes import Processes, until
from harness.seed import seed
from harness.site import Mode, Site

Say = Callable[[str], None]


def boot(site: Site, say: Say) -> None:
    """Start everything below Argo; of a given cluster that is nothing. A boot that was cut short is not taken up again: `booted` tells
    a whole one.
    """
    site.save()
    say(f"booting a {site.mode} cluster in {site.folder}")
    processes = Processes(site)
    processes.begin()
    root = processes.root
    if root is None:
        raise Broken("the supervisor went away while booting: run `harness up` again")
    if site.mode is not Mode.GIVEN:
        certificates.make(site.certificates, site.address)
        credentials.make(site)
    if site.mode is Mode.FULL:
        network.connect(root)
        nodes.prepare(site, root)
        processes.start(nodes.containerd(site))
        shutil.copytree(seed(say), site.folder / "etcd")
    if site.mode is not Mode.GIVEN:
        _control_plane(site, processes)
    if site.mode is Mode.FULL:
        _node(site, processes, say)
    (site.folder / "booted").touch()


def booted(site: Site) -> bool:
    """True where a whole cluster was booted and its supervisor lives."""
    return (site.folder / "booted").exists() and Processes(site).alive


def _control_plane(site: Site, processes: Processes) -> None:
    processes.start(controlplane.etcd(site))
    processes.start(controlplane.apiserver(site))
    processes.await_ready("the apiserver", lambda: controlplane.answers(site))
    processes.start(controlplane.controller_manager(site))
    if site.mode is Mode.FULL:  # played pods are taken by the player
        processes.start(controlplane.scheduler(site))


def _node(site: Site, processes: Processes, say: Say) -> None:
    processes.await_ready("containerd", (site.folder / "containerd.sock").is_socket)
    stock.load(site, say)
    processes.start(nodes.proxy(site))
    processes.start(nodes.kubelet(site))
    processes.await_ready("the node to be ready", lambda: _node_ready(site))


def restart_apiserver(site: Site) -> None:
    """Kill the apiserver and start it: its memory of past changes begins anew. What it takes along is started again, as a kubelet would."""
    processes = Processes(site)
    # Argo 4.0.2 watches its ConfigMaps through channels that are closed once the apiserver goes, and reads them in a loop without
    # end: a core and 25 MB of log a second ("invalid config map object received"), until it is started again.
    processes.stop("workflow-controller", signal.SIGKILL)
    processes.stop("kube-apiserver", signal.SIGKILL)
    processes.revive("kube-apiserver")
    until(lambda: controlplane.answers(site), "the apiserver", seconds=180)
    processes.revive("workflow-controller")
    until(lambda: _all_live(processes), "the processes that hang on it", seconds=60)


def _all_live(processes: Processes) -> bool:
    dead = [each for each in processes.all() if each.dead]
    for each in dead:
        processes.revive(each.name)
    return not dead


def _node_ready(site: Site) -> bool:
    with manifests.connected(site) as api:
        found = api.resources.get(api_version="v1", kind="Node").get()
    conditions = [each for node in found.items for each in node.status.conditions or ()]
    return any(each.type == "Ready" and each.status == "True" for each in conditions)
