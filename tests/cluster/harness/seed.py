"""What the etcd of a full cluster begins with: Argo's full definitions, in a cluster that knew nothing else.

They are 11 MB. An apiserver that takes them spends 13 s of a processor on it, one that finds them there 2 s.
"""

import dataclasses
import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from harness import argo, certificates, controlplane, credentials, folders, manifests
from harness.families import FAMILIES
from harness.processes import Processes
from harness.site import Mode, Site


def seed(say: Callable[[str], None]) -> Path:
    """The folder to copy, made now where the cache lacks it; those of other versions go. Raises Broken."""
    versions = " ".join(FAMILIES[name].home.name for name in ("etcd", "kube", "argo"))
    home = folders.seeds() / hashlib.sha256(versions.encode()).hexdigest()[:16]
    if not home.is_dir():
        say("making the etcd that a full cluster begins with")
        folders.seeds().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folders.cache(), prefix=".seed-") as scratch:
            made = _grown(Path(scratch))
            for stale in folders.seeds().iterdir():
                shutil.rmtree(stale)
            made.rename(home)
    return home


def _grown(scratch: Path) -> Path:
    site = dataclasses.replace(Site.new(Mode.LIGHT), folder=scratch)
    processes = Processes(site)
    processes.begin()
    try:
        certificates.make(site.certificates, site.address)
        credentials.make(site)
        processes.start(controlplane.etcd(site))
        processes.start(controlplane.apiserver(site))
        processes.await_ready("the apiserver", lambda: controlplane.answers(site))
        with manifests.connected(site) as api:
            definitions = [each for file in argo.definitions("full") for each in manifests.read(file)]
            manifests.define(
                api, definitions, lambda ready: processes.await_ready("Argo's definitions", ready)
            )
        processes.stop("kube-apiserver")
        processes.stop("etcd")
    finally:
        processes.end()
    return site.folder / "etcd"
