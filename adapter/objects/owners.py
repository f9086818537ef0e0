"""Owner references: what the apiserver deletes with what."""

from crds import API_VERSION, Manifest


def owned_by(kind: str, name: str, uid: str) -> Manifest:
    """The reference by which an object goes away with its owner."""
    return {"apiVersion": API_VERSION, "kind": kind, "name": name, "uid": uid, "controller": True}
