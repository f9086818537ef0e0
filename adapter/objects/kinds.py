"""Every kind that the adapter touches, where the apiserver serves it, and what is done with it.

The roles of the chart are made from this table, and the tests on a cluster run the adapter under them: a verb that is missing
here is refused there.
"""

import dataclasses
from urllib.parse import quote

from adapter.objects.keys import Key
from crds import API_VERSION, KINDS


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A kind's place in the API. `watched` kinds are cached; `selector` narrows what of them is asked for.

    `verbs` are what the code calls, in RBAC's words, `status` those of the status. A server-side apply of what may not be there
    yet is a create too.
    """

    api_version: str
    plural: str
    verbs: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    namespaced: bool = True
    watched: bool = False
    selector: str = ""

    @property
    def group(self) -> str:
        """Its group, empty for Kubernetes' first."""
        return self.api_version.rpartition("/")[0]

    @property
    def root(self) -> str:
        """The path that the API version is served under."""
        return f"/api/{self.api_version}" if "/" not in self.api_version else f"/apis/{self.api_version}"


OURS = "app.kubernetes.io/managed-by=gastown"
"""Selects the Workflows that were compiled here; a stranger's are never even sent to us."""

_READ = ("get", "list", "watch")

_MADE: dict[str, tuple[str, ...]] = {
    "Polecat": ("create", "delete"),
    "Refinery": ("create",),
    "Witness": ("create",),
}
"""What is done with kinds of ours beside reading them and writing their status."""

SERVED: dict[str, Served] = {
    **{
        kind: Served(
            api_version=API_VERSION,
            plural=model.definition.plural,
            namespaced=model.definition.scope == "Namespaced",
            watched=True,
            verbs=(*_READ, *_MADE.get(kind, ())),
            status=("patch",),
        )
        for kind, model in KINDS.items()
    },
    "Workflow": Served(
        api_version="argoproj.io/v1alpha1",
        plural="workflows",
        watched=True,
        selector=OURS,
        verbs=(*_READ, "create", "patch"),
    ),
    "CronWorkflow": Served(
        api_version="argoproj.io/v1alpha1", plural="cronworkflows", verbs=("create", "get", "patch")
    ),
    "ConfigMap": Served(
        api_version="v1", plural="configmaps", verbs=("create", "delete", "get", "list", "patch")
    ),
    "Pod": Served(api_version="v1", plural="pods", verbs=("delete", "get")),
    "Event": Served(api_version="events.k8s.io/v1", plural="events", verbs=("create", "patch")),
    "Lease": Served(api_version="coordination.k8s.io/v1", plural="leases", verbs=("create", "get", "update")),
}

WATCHED = tuple(kind for kind, served in SERVED.items() if served.watched)

TRAFFIC = ("Workflow", "Convoy", "Polecat")
"""What changes all the time while work goes on."""

SET_UP = tuple(kind for kind in WATCHED if kind not in TRAFFIC)
"""What people set up, and what changes with it."""


def path(key: Key, *, status: bool = False) -> str:
    """The path of one object. A name that a status tells may be none of any object, and is one part of it all the same."""
    return f"{collection(key.kind, key.namespace)}/{quote(key.name, safe=':')}{'/status' if status else ''}"


def collection(kind: str, namespace: str = "") -> str:
    """The path of all objects of a kind, in one namespace or, where it is empty, in all."""
    served = SERVED[kind]
    place = f"/namespaces/{namespace}" if namespace and served.namespaced else ""
    return f"{served.root}{place}/{served.plural}"
