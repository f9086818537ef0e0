"""Keys of the work queue: which object to reconcile, never what happened to it."""

from sys import intern
from typing import NamedTuple

from crds import Manifest, Resource


class Key(NamedTuple):
    """One object; `namespace` is empty for cluster-wide kinds."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        """The object as people write it."""
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {place}{self.name}"


def key_for(resource: Resource) -> Key:
    """The key of an object that was read into its model."""
    return Key(resource.kind, intern(resource.metadata.namespace or ""), resource.metadata.name or "")


def key_of(kind: str, manifest: Manifest) -> Key:
    """The key of an object as the apiserver shows it."""
    metadata = manifest["metadata"]
    return Key(kind, intern(metadata.get("namespace", "")), metadata["name"])
