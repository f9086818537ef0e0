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
    """Apply what is not there yet and start what does not run yet; safe to do at any time."""
    say("applying definitions, namespaces and rights")
    processes = Processes(site)
    with manifests.connected(site) as api:
        _define(site, api, processes)
        argo.install(api)
        for manifest in tenants.all_of():
            manifests.apply(api, manifest)
    server = GitServer(site)
    server.prepare()
    player = [_player(site)] if site.mode is Mode.LIGHT else []
    for program in [argo.controller(site), _model(site), *server.programs(), *player]:
        processes.start(program)
    processes.await_ready("the git server", server.listens)


def _define(site: Site, api: manifests.Client, processes: Processes) -> None:
    """Argo's definitions and ours, unless just these files were applied: they are 11 MB, which takes seconds."""
    files = [*argo.definitions(), *sorted((folders.PROJECT / "crds" / "manifests").glob("*.yaml"))]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    note = site.folder / "definitions"
    if note.exists() and note.read_text(encoding="utf-8") == digest:
        return
    definitions = manifests.read_all(files, folders.cache() / f"definitions-{digest[:16]}.json")
    manifests.define(
        api, definitions, lambda ready: processes.await_ready("the custom resource definitions", ready)
    )
    note.write_text(digest, encoding="utf-8")


def _player(site: Site) -> Program:
    """What stands in for the kubelet of a light cluster."""
    command: list[str | Path] = [sys.executable, "-m", "harness.player", site.kubeconfig()]
    return Program("player", command, {"PYTHONPATH": str(folders.TESTS)})


def _model(site: Site) -> Program:
    """The stand-in for a model's API that agents in pods talk to."""
    command: list[str | Path] = [sys.executable, "-m", "harness.model", site.address, str(site.model)]
    return Program("model", command, {"PYTHONPATH": str(folders.TESTS)})
