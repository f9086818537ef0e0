"""Boots a cluster and ends it. Each step does nothing where its effect is there, so `up` may be run at any time."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from harness import folders, manifests, network, nodes, packages, stock
from harness.boot import boot, booted
from harness.build import build
from harness.families import CLUSTER
from harness.furnish import furnish
from harness.lock import held
from harness.parts import LEASES, NODE
from harness.processes import Processes, until
from harness.site import Mode, Site
from kubernetes.dynamic.exceptions import NotFoundError

Say = Callable[[str], None]


def up(mode: Mode, say: Say) -> Site:
    """Have a cluster of this mode running: built, booted, with Argo and our own definitions in it.

    Raises Missing, BuildFailed, Busy, or Broken naming the process that died.
    """
    with session(mode, say) as site:
        return site


@contextmanager
def session(mode: Mode, say: Say) -> Iterator[Site]:
    """A cluster that is ours alone while the block runs: nobody else can end it or test on it. Raises as `up`."""
    with held(folders.lock(mode), f"the {mode} cluster"):
        if mode is not Mode.GIVEN:
            packages.require(mode, say)
            build(CLUSTER, say)
        yield start(mode, say)


def start(mode: Mode, say: Say) -> Site:
    """What `up` does once everything is built, for whoever holds a session."""
    site = Site.load(mode)
    if site is not None and booted(site) and mode is not Mode.GIVEN:
        Processes(site).check()
        if mode is Mode.FULL:
            stock.load(site, say)
    else:
        _clean(site or Site.new(mode))
        site = Site.new(mode)
        boot(site, say)
    furnish(site, say)
    say(f"up: KUBECONFIG={site.kubeconfig()}")
    return site


def end(mode: Mode) -> list[str]:
    """End the cluster of a session and remove all it made; returns what is left: nothing, unless something is wrong.

    A given one stays, without what we put there.
    """
    site = Site.load(mode) or Site.new(mode)
    if mode is Mode.GIVEN:
        Processes(site).end()
        _take_node(site)
    _clean(site)
    return remains(mode)


def down(mode: Mode) -> list[str]:
    """As `end`, for whoever holds no session. Raises Busy where somebody does."""
    with held(folders.lock(mode), f"the end of the {mode} cluster"):
        return end(mode)


def remains(mode: Mode) -> list[str]:
    """What of a cluster is on this machine: folders, control groups, interfaces."""
    site = Site.load(mode) or Site.new(mode)
    left = [str(site.folder)] if site.folder.exists() else []
    if mode is Mode.FULL:
        left += [str(group) for group in nodes.groups()] + network.remains()
    return left


def _take_node(site: Site) -> None:
    """The player's. Our definitions stay: somebody's objects may be of them."""
    with manifests.connected(site) as api:
        for version, kind, place in (("v1", "Node", None), ("coordination.k8s.io/v1", "Lease", LEASES)):
            with suppress(NotFoundError):
                api.resources.get(api_version=version, kind=kind).delete(name=NODE, namespace=place)


def _clean(site: Site) -> None:
    Processes(site).end()
    if site.mode is Mode.FULL:
        network.disconnect()
        until(lambda: not network.remains(), f"the end of {network.LINK}", seconds=20)
        nodes.remove_groups()
    if site.folder.exists():
        shutil.rmtree(site.folder)
