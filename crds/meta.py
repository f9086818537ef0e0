"""What all kinds share: the envelope of a Kubernetes object, and how each kind presents itself to kubectl."""

import dataclasses
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, Field

from crds.wire import Manifest, Observed, Wire

GROUP = "gastown.gastown.io"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"


class OwnerReference(Observed):
    """The object that this one goes away with."""

    api_version: str
    kind: str
    name: str
    uid: str
    controller: bool | None = None
    block_owner_deletion: bool | None = None


class Metadata(Observed):
    """The part of ObjectMeta that we read or write; the rest (managedFields and such) is passed over."""

    name: Annotated[str, Field(min_length=1, max_length=253)]
    namespace: str = ""
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: AwareDatetime | None = None
    deletion_timestamp: AwareDatetime | None = None
    finalizers: tuple[str, ...] = ()
    owner_references: tuple[OwnerReference, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of `kubectl get`; priority 1 shows with `-o wide` only."""

    name: str
    path: str
    type: Literal["string", "integer", "number", "boolean", "date"] = "string"
    priority: int = 0


AGE = Column(name="Age", path=".metadata.creationTimestamp", type="date")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """How the API server serves a kind. Singular and list names follow from the kind."""

    plural: str
    columns: tuple[Column, ...]
    short_names: tuple[str, ...] = ()
    scope: Literal["Namespaced", "Cluster"] = "Namespaced"


class Resource(Wire):
    """One object of a kind: what was asked for in `spec`, what is so in `status`."""

    definition: ClassVar[Definition]

    api_version: Literal["gastown.gastown.io/v1alpha1"] = "gastown.gastown.io/v1alpha1"
    kind: str
    metadata: Metadata
    spec: Any
    status: Any

    def manifest(self) -> Manifest:
        """The object as it stands in YAML: camelCase, only what was given, no nulls and no defaults."""
        return {"apiVersion": self.api_version, "kind": self.kind} | self.dump()

    def owner_reference(self) -> Manifest:
        """The reference by which the apiserver deletes another object with this one. The object must have been read from there."""
        return {
            "apiVersion": API_VERSION,
            "kind": type(self).__name__,
            "name": self.metadata.name,
            "uid": self.metadata.uid,
            "controller": True,
        }
