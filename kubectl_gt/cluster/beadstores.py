"""Beads as the cluster has read them: people who may look at ConfigMaps need no access to the repository."""

from typing import Any

from crds import BeadStore, Manifest
from kubectl_gt.cluster.api import Api, told
from workflows.beads import Bead, parse_beads
from workflows.beadstore import packing
from workflows.errors import Missing
from workflows.names import BeadId


def stored_beads(api: Api, rig: str) -> dict[BeadId, Bead] | None:
    """The beads of a rig's bead stores in this namespace; None where none of them was read. Raises Unavailable or BeadsUnreadable."""
    found: dict[BeadId, Bead] | None = None
    for store in api.every("BeadStore"):
        if isinstance(store, BeadStore) and store.spec.rig_ref == rig and store.status.index:
            found = {**_beads(api, store.metadata.name), **(found or {})}
    return found


def _beads(api: Api, name: str) -> dict[BeadId, Bead]:
    """What the store names now. Where that was replaced while it was read, what replaced it."""
    store = api.get("BeadStore", name)
    try:
        return _read(api, store)
    except Missing:
        return _read(api, api.get("BeadStore", name))


def _read(api: Api, store: Any) -> dict[BeadId, Bead]:
    head = _config_map(api, store.status.index)
    others = {name: _config_map(api, name) for name in packing.parts(head)}
    content = packing.unpack(head, others)
    return parse_beads(content.decode("utf-8"), source=packing.source(head))


def _config_map(api: Api, name: str) -> Manifest:
    with told(f"configmap {name}"):
        found = api.core.read_namespaced_config_map(name, api.namespace, **api.more)
    return {"metadata": {"name": name}, "data": found.data or {}, "binaryData": found.binary_data or {}}
