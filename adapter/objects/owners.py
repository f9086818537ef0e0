"""Owner references: what the apiserver deletes with what."""

from crds import Manifest, Resource


def with_owner(manifest: Manifest, owner: Resource) -> Manifest:
    """A manifest that goes away with its owner."""
    return manifest | {"metadata": manifest["metadata"] | {"ownerReferences": [owner.owner_reference()]}}
