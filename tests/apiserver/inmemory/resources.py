"""What is served: the six kinds by their own definitions, and of the others what the adapter and kubectl-gt touch."""

import dataclasses
import functools
from collections.abc import Iterable

from crds import KINDS
from crds.render import definition
from inmemory.schemas import ANY, METADATA, Schema


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Resource:
    """One kind's place in the API. `custom` ones have a generation; `status` and `log` are subresources where there is one."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool = True
    custom: bool = False
    status: bool = False
    log: bool = False
    schema: Schema = dataclasses.field(default_factory=dict)

    @property
    def api_version(self) -> str:
        """As manifests name it."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """As messages name it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @functools.cached_property
    def whole(self) -> Schema:
        """The schema of the whole object."""
        if not self.schema:
            return {**ANY, "properties": {"metadata": METADATA}}
        text = {"type": "string"}
        properties = {**self.schema.get("properties", {}), "metadata": METADATA}
        return {**self.schema, "properties": {"apiVersion": text, "kind": text, **properties}}


def _ours() -> Iterable[Resource]:
    for model in KINDS.values():
        spec = definition(model)["spec"]
        served = spec["versions"][0]
        yield Resource(
            group=spec["group"],
            version=served["name"],
            kind=spec["names"]["kind"],
            plural=spec["names"]["plural"],
            namespaced=spec["scope"] == "Namespaced",
            custom=True,
            status=True,
            schema=served["schema"]["openAPIV3Schema"],
        )


NAMESPACE = Resource(group="", version="v1", kind="Namespace", plural="namespaces", namespaced=False)

RESOURCES: tuple[Resource, ...] = (
    *_ours(),
    Resource(group="argoproj.io", version="v1alpha1", kind="Workflow", plural="workflows", custom=True),
    Resource(
        group="argoproj.io", version="v1alpha1", kind="CronWorkflow", plural="cronworkflows", custom=True
    ),
    NAMESPACE,
    Resource(group="", version="v1", kind="ConfigMap", plural="configmaps"),
    Resource(group="", version="v1", kind="Pod", plural="pods", status=True, log=True),
    Resource(group="", version="v1", kind="Secret", plural="secrets"),
    Resource(group="events.k8s.io", version="v1", kind="Event", plural="events"),
    Resource(group="coordination.k8s.io", version="v1", kind="Lease", plural="leases"),
)
