"""What stands on a booted apiserver: definitions, namespaces, rights, Argo's controller and the servers for the pods."""

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path

from harness import argo, folders, manifests, tenants
from harness.gitserver import GitServer
from harness.processes import Processes, Program
from harness.site import Mode, Site


def furnish(site: Site, say: Callable[[str], None]) -> None:
    """Apply what is not there yet and start what does not run yet; safe to do at any time. Raises Missing for a given cluster without Argo."""
    ours = site.mode is not Mode.GIVEN
    processes = Processes(site)
    say("applying definitions, namespaces and rights")
    with manifests.connected(site) as api:
        _define(site, api, processes)
        argo.require(api)
        if ours:
            argo.install(api)
            for manifest in tenants.all_of():
                manifests.apply(api, manifest)
    server = GitServer(site)
    server.prepare()
    for program in [
        *([argo.controller(site)] if ours else []),
        _model(site),
        *server.programs(),
        *([_player(site)] if site.mode is not Mode.FULL else []),
    ]:
        processes.start(program)
    processes.await_ready("the git server", server.listens)


def redefine(site: Site) -> None:
    """Apply our definitions again, after a test that had others or none."""
    ready = Processes(site).await_ready
    with manifests.connected(site) as api:
        manifests.define(
            api,
            [each for file in _ours() for each in manifests.read(file)],
            lambda there: ready("our definitions", there),
        )


def _ours() -> list[Path]:
    return sorted((folders.PROJECT / "crds" / "manifests").glob("*.yaml"))


def _define(site: Site, api: manifests.Client, processes: Processes) -> None:
    """The custom resource definitions that the cluster does not begin with, unless just these were applied."""
    files = [*_ours(), *(argo.definitions("minimal") if site.mode is Mode.LIGHT else [])]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    note = site.folder / "definitions"
    if note.exists() and note.read_text(encoding="utf-8") == digest:
        return
    definitions = [each for file in files for each in manifests.read(file)]
    manifests.define(
        api, definitions, lambda ready: processes.await_ready("the custom resource definitions", ready)
    )
    note.write_text(digest, encoding="utf-8")


def _player(site: Site) -> Program:
    """What stands in for a kubelet."""
    command: list[str | Path] = [sys.executable, "-m", "harness.player", site.kubeconfig()]
    return Program("player", command, {"PYTHONPATH": str(folders.TESTS)})


def _model(site: Site) -> Program:
    """The stand-in for a model's API that agents in pods talk to."""
    command: list[str | Path] = [sys.executable, "-m", "harness.model", site.address, str(site.model)]
    return Program("model", command, {"PYTHONPATH": str(folders.TESTS)})
