"""The shared dependencies of reconcilers, and the lookups in the cache that more than one of them needs."""

import dataclasses
import datetime
from collections.abc import Callable
from typing import TypeVar

from adapter.api.argoserver import Hydrator
from adapter.api.gateway import Gateway
from adapter.cache.beads import BeadCache
from adapter.cache.cache import Cache
from adapter.cache.writer import Writer
from adapter.errors import Denied, Missing
from adapter.metrics.measures import Measures
from adapter.metrics.registry import Metrics
from adapter.objects.keys import Key, key_for
from adapter.objects.logins import stamped
from adapter.objects.sharing import speaks_of
from adapter.objects.views import PolecatView, ResourceView, SyncView, View, WorkflowView
from adapter.queue.workqueue import WorkQueue
from adapter.settings import AdapterSettings
from crds import BeadStore, Convoy, Refinery, Resource, Rig
from workflows.labels import LOGIN_STAMP
from workflows.names import BeadId

R = TypeVar("R", bound=Resource)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One cluster as the adapter works on it. `now` is the wall clock, in UTC."""

    settings: AdapterSettings
    gateway: Gateway
    cache: Cache
    queue: WorkQueue
    writer: Writer
    metrics: Metrics
    measures: Measures
    now: Callable[[], datetime.datetime]
    hydrator: Hydrator | None = None
    bead_cache: BeadCache = dataclasses.field(default_factory=BeadCache)
    calls: dict[str, datetime.datetime] = dataclasses.field(default_factory=dict)
    """When a sink took a call, until the Witness says so itself."""

    async def synced(self, namespace: str) -> datetime.datetime | None:
        """When somebody renewed the credentials of a namespace's agents last; None where nobody ever did."""
        try:
            return stamped(await self.gateway.get(Key("ConfigMap", namespace, LOGIN_STAMP)))
        except Missing:
            return None

    def present(self, key: Key, of: type[R]) -> tuple[ResourceView, R] | None:
        """An object that is neither gone nor being deleted, as its view and its resource. Raises Denied for one that can't be read."""
        seen = self.cache.find(key, ResourceView)
        return None if seen is None or seen.deleting else (seen, parsed(seen, of))

    def rig(self, name: str) -> Rig | None:
        """The rig of a name, if it is there and can be read."""
        found = self.cache.find(Key("Rig", "", name), ResourceView)
        return found.resource if found and isinstance(found.resource, Rig) else None

    def rig_of(self, convoy: Convoy) -> Rig | None:
        """The rig that a convoy names, or that the prefix of its beads belongs to."""
        named = convoy.rig
        if named:
            return self.rig(named)
        ids = convoy.spec.bead_ids
        prefixes = {bead.partition("-")[0] for bead in ids}
        rigs = [each.resource for each in self.cache.all("Rig", ResourceView)]
        found = [
            each
            for each in rigs
            if isinstance(each, Rig) and prefixes == {each.spec.beads_prefix.removesuffix("-")}
        ]
        return found[0] if len(found) == 1 else None

    def refinery_of(self, rig: str, *, namespace: str) -> Refinery | None:
        """The refinery of a rig: one that stands beside the convoy, else the one that came with the rig.

        Never another: whoever may write in a namespace would decide what is merged in all others.
        """
        views = self.cache.of_rig("Refinery", rig, ResourceView)
        found = [each.resource for each in views if isinstance(each.resource, Refinery)]
        beside = [each for each in found if each.metadata.namespace == namespace]
        central = [each for each in found if each.metadata.namespace == self.settings.namespace]
        return next(iter([*beside, *central]), None)

    def stores_of(self, rig: str, *, namespace: str) -> list[BeadStore]:
        """The bead stores of a rig: those beside the convoy, else those in the adapter's own namespace; never those of other tenants."""
        views = self.cache.of_rig("BeadStore", rig, ResourceView)
        found = [
            each.resource for each in views if isinstance(each.resource, BeadStore) and not each.deleting
        ]
        beside = [each for each in found if each.metadata.namespace == namespace]
        central = [each for each in found if each.metadata.namespace == self.settings.namespace]
        return beside or central

    def reads_of(self, namespace: str, slug: str) -> list[SyncView]:
        """The Workflows that read a bead store, by the value of its label."""
        found = self.cache.all("Workflow", SyncView)
        return [each for each in found if (each.key.namespace, each.observation.store) == (namespace, slug)]

    def workflows_of(self, owner: Key, uid: str) -> list[WorkflowView]:
        """The Workflows that an object owns; copies that Argo's resubmit made are none of ours."""
        return [each for each in self.cache.owned(owner, uid, WorkflowView) if not each.copied]

    def workflows_on(self, rig: str) -> list[WorkflowView]:
        """The Workflows of a rig that are known to be ours: a label and a reference are written by whoever may make Workflows."""
        views = self.cache.of_rig("Workflow", rig, WorkflowView)
        return [each for each in views if not each.copied and self._speaks_for(each, rig)]

    def polecats_on(self, rig: str) -> list[PolecatView]:
        """The Polecats of a rig, of the namespaces that it takes work of."""
        named = self.rig(rig)
        views = self.cache.of_rig("Polecat", rig, PolecatView)
        return [each for each in views if speaks_of(named, each.key.namespace)]

    def resources_on(self, kind: str, rig: str, of: type[R]) -> list[R]:
        """The same, for a kind that is kept whole."""
        named = self.rig(rig)
        views = self.cache.of_rig(kind, rig, ResourceView)
        return [
            each.resource
            for each in views
            if isinstance(each.resource, of) and speaks_of(named, each.key.namespace)
        ]

    def _speaks_for(self, view: WorkflowView, rig: str) -> bool:
        """Whether its owner is there: a convoy or Polecat beside it, or the rig itself, which asks where its pods run and nowhere else."""
        owner = self.owner_of(view)
        if owner is None:
            return False
        if owner.key == Key("Rig", "", rig):
            return view.key.namespace == self.settings.compile.namespace
        return speaks_of(self.rig(rig), view.key.namespace)

    def polecats_of(self, convoy: Convoy) -> dict[BeadId, PolecatView]:
        """The Polecats that a convoy owns, by bead."""
        owned = self.cache.owned(key_for(convoy), convoy.metadata.uid, PolecatView)
        return {each.bead: each for each in owned if not each.deleting}

    def owner_of(self, view: View) -> View | None:
        """The owner of an object, if it is there and is still the same."""
        found = self.cache.get(view.owner_key) if view.owner_key else None
        return found if found is not None and found.uid == view.owner else None


def parsed(seen: ResourceView | PolecatView, of: type[R]) -> R:
    """The resource of a view. Raises Denied for one that can't be read."""
    if not isinstance(seen.resource, of):
        raise Denied(f"{seen.key}: {seen.problem}; it was written under another version of its definition")
    return seen.resource
