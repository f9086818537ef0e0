"""The parts of a Pod that a manifest may set: environment, resources, and references to Secrets and
ConfigMaps.

Same form as in core/v1, so what people know from a Deployment works here, and the compiler can pass it on as
it is.
"""

from typing import Annotated, Literal

from pydantic import Field

from crds import shapes
from crds.names import Argument, ObjectName
from crds.quantities import Quantity
from crds.rules import Rule
from crds.wire import Wire

Key = Annotated[str, Field(min_length=1, max_length=253, pattern=shapes.KEY.pattern)]
"""A key of a Secret or ConfigMap."""


class SecretReference(Wire):
    """A Secret in the namespace of the pod."""

    name: ObjectName
    """The Secret's name."""


class SecretKeyReference(Wire):
    """One value of a Secret in the namespace of the pod."""

    name: ObjectName
    """The Secret's name."""

    key: Key
    """The key whose value is meant."""


class ConfigMapReference(Wire):
    """A ConfigMap in the namespace of the pod."""

    name: ObjectName
    """The ConfigMap's name."""


class KeySelector(Wire):
    """One value of a Secret or ConfigMap, which may be allowed to be absent."""

    name: ObjectName
    """The name of the Secret or ConfigMap."""

    key: Key
    """The key whose value is meant."""

    optional: bool | None = None
    """True lets the pod start when the key is not there."""


class FieldSelector(Wire):
    """A field of the pod itself."""

    field_path: Annotated[str, Field(min_length=1, max_length=1024)]
    """The path of the field, such as metadata.name."""

    api_version: Annotated[str, Field(max_length=64)] = ""
    """The version of the schema that the path is written in; v1 when absent."""


class ResourceFieldSelector(Wire):
    """A resource limit or request of the container."""

    resource: Annotated[str, Field(min_length=1, max_length=253)]
    """The resource, such as limits.cpu."""

    container_name: Annotated[str, Field(max_length=63)] = ""
    """The container; the one that gets the variable when absent."""

    divisor: Quantity | None = None
    """The unit that the value is given in; 1 when absent."""


class FileSelector(Wire):
    """A value in a file of variables that another container wrote."""

    volume_name: Annotated[str, Field(min_length=1, max_length=63)]
    """The volume that holds the file."""

    path: Annotated[str, Field(min_length=1, max_length=4096)]
    """The file's path in the volume."""

    key: Key
    """The variable in the file."""

    optional: bool | None = None
    """True lets the pod start when the file or the variable is not there."""


class EnvSource(Wire):
    """Where the value of a variable comes from; exactly one of the five."""

    secret_key_ref: KeySelector | None = None
    """A key of a Secret."""

    config_map_key_ref: KeySelector | None = None
    """A key of a ConfigMap."""

    field_ref: FieldSelector | None = None
    """A field of the pod."""

    resource_field_ref: ResourceFieldSelector | None = None
    """A resource amount of the container."""

    file_key_ref: FileSelector | None = None
    """A variable of a file, where the cluster knows such references."""

    rules = (
        Rule(
            cel="[has(self.secretKeyRef), has(self.configMapKeyRef), has(self.fieldRef),"
            " has(self.resourceFieldRef), has(self.fileKeyRef)].filter(given, given).size() == 1",
            message="takes one of secretKeyRef, configMapKeyRef, fieldRef, resourceFieldRef and fileKeyRef",
            holds=lambda source: len(source.model_dump(exclude_none=True)) == 1,
        ),
    )


class EnvVar(Wire):
    """A variable of the agent's environment."""

    name: Annotated[str, Field(min_length=1, max_length=253, pattern=shapes.VARIABLE.pattern)]
    """The variable's name."""

    value: Argument = ""
    """The value as plain text; secrets belong in valueFrom."""

    value_from: EnvSource | None = None
    """A source to take the value from when the pod starts."""

    rules = (
        Rule(
            cel="!(has(self.value) && self.value != '' && has(self.valueFrom))",
            message="can't stand beside value; give one of them",
            holds=lambda variable: not (variable.value and variable.value_from),
            field="valueFrom",
        ),
    )


class ResourceClaim(Wire):
    """A claim of the pod that the container uses."""

    name: ObjectName
    """The claim's name in the pod."""

    request: Annotated[str, Field(max_length=253)] = ""
    """The one request of the claim; all of them when absent."""


Amounts = Annotated[dict[str, Quantity], Field(max_length=32)]


class Resources(Wire):
    """Compute resources of the agent's container, as in core/v1."""

    limits: Amounts = Field(default_factory=dict)
    """The most that the container may use, by resource name."""

    requests: Amounts = Field(default_factory=dict)
    """What the scheduler sets aside for the container, by resource name."""

    claims: Annotated[tuple[ResourceClaim, ...], Field(max_length=16)] = ()
    """Claims of the pod that the container may use."""


HostKeyChecking = Literal["yes", "accept-new", "no"]
