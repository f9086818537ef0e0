"""Boots a cluster and ends it. Each step does nothing where its effect is there, so `up` may be run at any time."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from harness import (
    argo,
    catalog,
    certificates,
    controlplane,
    credentials,
    folders,
    images,
    manifests,
    network,
    nodes,
    packages,
    tenants,
)
from harness.build import build
from harness.errors import Broken
from harness.families import FAMILIES
from harness.gitserver import GitServer
from harness.lock import held
from harness.manifests import Client
from harness.processes import Processes, Program, until
from harness.site import Mode, Site
from kubernetes.client import ApiException
from kubernetes.dynamic.exceptions import DynamicApiError
from urllib3.exceptions import HTTPError

Say = Callable[[str], None]


def up(mode: Mode, say: Say) -> Site:
    """Have a cluster of this mode running: built, booted, with Argo and our own definitions in it.

    Raises Missing, BuildFailed, Busy, or Broken naming the process that died.
    """
    with held(_lock(mode), f"up, {mode}"):
        packages.require(mode, say)
        build(FAMILIES, say)
        running = Site.load(mode)
        if running is not None and Processes(running).alive:
            Processes(running).check()
            site = running
        else:
            _clean(Site.new(mode))
            site = _boot(Site.new(mode), say)
        _furnish(site, say)
        say(f"up: KUBECONFIG={site.kubeconfig()}")
        return site


def down(mode: Mode) -> list[str]:
    """End the cluster and remove all it made; returns what is left, which is nothing unless something is wrong."""
    with held(_lock(mode), f"down, {mode}"):
        _clean(Site.load(mode) or Site.new(mode))
        return remains(mode)


def remains(mode: Mode) -> list[str]:
    """What of a cluster is on this machine: folders, control groups, interfaces."""
    site = Site.load(mode) or Site.new(mode)
    left = [str(site.folder)] if site.folder.exists() else []
    if mode is Mode.FULL:
        left += [str(group) for group in nodes.groups()] + network.remains()
    return left


def client(site: Site) -> Client:
    """The administrator's client."""
    return manifests.connect(site.kubeconfig(), cache=site.folder / "discovery.json")


def _lock(mode: Mode) -> Path:
    return folders.cache() / f"{mode}.lock"


def _clean(site: Site) -> None:
    Processes(site).end()
    if site.mode is Mode.FULL:
        # The kernel takes the namespace and its interfaces down a moment after its last process.
        until(lambda: not network.remains(), f"the end of {network.LINK}", seconds=20)
        nodes.remove_groups()
    shutil.rmtree(site.folder, ignore_errors=False) if site.folder.exists() else None


def _boot(site: Site, say: Say) -> Site:
    layers = catalog.images(say) if site.mode is Mode.FULL else []
    site.save()
    say(f"booting a {site.mode} cluster in {site.folder}")
    processes = Processes(site)
    processes.begin()
    root = processes.root
    if root is None:
        raise Broken("the supervisor went away while booting: run `harness up` again")
    certificates.make(site.certificates, site.address)
    credentials.make(site)
    if site.mode is Mode.FULL:
        network.connect(root)
        nodes.prepare(site, root)
        processes.start(nodes.containerd(site))
    _control_plane(site, processes)
    if site.mode is Mode.FULL:
        _node(site, processes, layers)
    return site


def _control_plane(site: Site, processes: Processes) -> None:
    processes.start(controlplane.etcd(site))
    processes.start(controlplane.apiserver(site))
    processes.await_ready("the apiserver", lambda: _answers(site))
    processes.start(controlplane.controller_manager(site))
    processes.start(controlplane.scheduler(site))


def _node(site: Site, processes: Processes, layers: list[images.Image]) -> None:
    socket = site.folder / "containerd.sock"
    processes.await_ready("containerd", socket.is_socket)
    images.load(layers, socket)
    processes.start(nodes.proxy(site))
    processes.start(nodes.kubelet(site))
    processes.await_ready("the node to be ready", lambda: _node_ready(site))


def _furnish(site: Site, say: Say) -> None:
    say("applying definitions, namespaces and rights")
    processes, api = Processes(site), client(site)
    manifests.define(
        api,
        [*argo.definitions(), *sorted((folders.PROJECT / "crds" / "manifests").glob("*.yaml"))],
        lambda ready: processes.await_ready("the custom resource definitions", ready),
    )
    argo.install(api)
    for manifest in tenants.all_of():
        manifests.apply(api, manifest)
    server = GitServer(site)
    server.prepare()
    player = [_player(site)] if site.mode is Mode.LIGHT else []
    for program in [argo.controller(site), *server.programs(), *player]:
        processes.start(program)
    processes.await_ready("the git server", server.listens)


def _player(site: Site) -> Program:
    """What stands in for the kubelet of a light cluster."""
    command: list[str | Path] = [sys.executable, "-m", "harness.player", site.kubeconfig()]
    return Program("player", command, {"PYTHONPATH": str(folders.TESTS)})


def _answers(site: Site) -> bool:
    """Ready, its bootstrap of rights included: the scheduler started before that backs off for seconds."""
    try:
        client(site).request("get", "/readyz")
    except (ApiException, DynamicApiError, HTTPError, OSError):
        return False
    return True


def _node_ready(site: Site) -> bool:
    found = client(site).resources.get(api_version="v1", kind="Node").get()
    conditions = [each for node in found.items for each in node.status.conditions or ()]
    return any(each.type == "Ready" and each.status == "True" for each in conditions)
