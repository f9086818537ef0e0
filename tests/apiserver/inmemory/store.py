"""The objects, and every change of them in order: what a write means, whoever asked for it, and over whatever way."""

import asyncio
import copy
import dataclasses
import datetime
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from inmemory import admission, ownership
from inmemory.admission import Place
from inmemory.ownership import Manager, Manifest, Owners
from inmemory.refusals import (
    already_exists,
    bad_request,
    expired,
    not_found,
    other_uid,
    other_version,
)
from inmemory.resources import NAMESPACE, Resource

__all__ = ["Change", "Manifest", "Place", "Store"]


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One version. `after` is None for a deletion; `shown` is what a watch shows of it."""

    version: int
    place: Place
    before: Manifest | None
    after: Manifest | None
    shown: Manifest


class Store:
    """One version counter over everything, as etcd has. `now` is the wall clock in UTC."""

    def __init__(self, now: Callable[[], datetime.datetime]) -> None:
        self._now = now
        self._objects: dict[Place, Manifest] = {}
        self.version = 1
        self.changes: list[Change] = []
        """All changes since the last compaction."""
        self.forgotten = 0
        """The version up to which changes were forgotten."""
        self.changed = asyncio.Event()
        """Set at the next change, and then replaced."""
        for name in ("default", "kube-system"):
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            self.create(NAMESPACE, "", body, Manager("boot", "Update"))

    def get(self, place: Place) -> Manifest:
        """One object. Raises Refused."""
        try:
            return self._objects[place]
        except KeyError:
            raise not_found(place.resource.qualified, place.name) from None

    def has(self, place: Place) -> bool:
        """True while an object stands there."""
        return place in self._objects

    def all(self, resource: Resource, namespace: str = "") -> Iterator[Manifest]:
        """All of a resource, by namespace and name."""
        found = [each for each in self._objects if each.resource is resource]
        for place in sorted(found, key=lambda each: (each.namespace, each.name)):
            if not namespace or place.namespace == namespace:
                yield self._objects[place]

    def since(self, version: int) -> list[Change]:
        """What changed after a version. Raises Refused where that is forgotten."""
        if version < self.forgotten:
            raise expired(f"too old resource version: {version} ({self.version})")
        return [each for each in self.changes if each.version > version]

    def compact(self) -> None:
        """Forget all changes: who wants to go on from an earlier version has to read everything anew."""
        self.forgotten = self.version
        self.changes.clear()

    def create(self, resource: Resource, namespace: str, body: Manifest, manager: Manager) -> Manifest:
        """A new object. Raises Refused."""
        name = (
            body["metadata"].get("name")
            or f"{body['metadata'].get('generateName', '')}{uuid.uuid4().hex[:5]}"
        )
        place = Place(resource, namespace, name)
        if namespace and Place(NAMESPACE, "", namespace) not in self._objects:
            raise not_found("namespaces", namespace)
        if place in self._objects:
            raise already_exists(resource.qualified, name)
        if body["metadata"].get("resourceVersion"):
            raise bad_request("resourceVersion should not be set on objects to be created")
        new = admission.born(place, body, now=self._time())
        empty = admission.nothing(new)
        found = ownership.updated(empty, new, resource.whole, manager)
        return self._commit(place, None, ownership.owned(new, found, before=empty, now=self._time()))

    def plant(self, place: Place, spec: Mapping[str, Any]) -> Manifest:
        """An object that was written under another version of its definition: nobody asks whether it is allowed."""
        body = {"apiVersion": place.resource.api_version, "kind": place.resource.kind, "metadata": {}}
        new = admission.born(place, body | {"spec": dict(spec)}, now=self._time(), allow=False)
        return self._commit(place, None, new)

    def edit(
        self,
        place: Place,
        change: Callable[[Manifest], Manifest],
        manager: Manager,
        *,
        whole: bool = False,
    ) -> Manifest:
        """Replace an object by what `change` makes of it; `whole` for a request that brings all of it. Raises Refused."""
        old = self.get(place)
        wanted = change(copy.deepcopy(old))
        admission.expect(place, old, wanted["metadata"], manager, whole=whole)
        new = admission.within(place, old, wanted, manager)
        found = ownership.updated(old, new, place.resource.whole, manager)
        return self._settle(place, old, new, found)

    def apply(self, place: Place, body: Manifest, manager: Manager, *, force: bool) -> Manifest:
        """Server-side apply. Raises Refused."""
        old = self._objects.get(place)
        if old is None:
            if manager.subresource:
                raise not_found(place.resource.qualified, place.name)
            if wanted := body["metadata"].get("uid"):
                raise other_uid(place.resource.qualified, place.name, wanted=wanted, found="")
            return self._applied_first(place, body, manager)
        admission.expect(place, old, body["metadata"], manager, whole=False)
        spoken = admission.spoken(place, body, manager)
        new, found = ownership.applied(old, spoken, place.resource.whole, manager, force=force)
        return self._settle(place, old, admission.within(place, old, new, manager), found)

    def delete(self, place: Place, *, uid: str = "", version: str = "") -> Manifest:
        """Delete an object, or mark it while finalizers are on it; returns it as it then is. Raises Refused."""
        old = self.get(place)
        metadata = old["metadata"]
        what = place.resource.qualified
        if uid and uid != metadata["uid"]:
            raise other_uid(what, place.name, wanted=uid, found=metadata["uid"])
        if version and version != metadata["resourceVersion"]:
            raise other_version(what, place.name, wanted=version, found=metadata["resourceVersion"])
        if not metadata.get("finalizers"):
            return self._remove(place, old)
        if metadata.get("deletionTimestamp"):
            return old
        marked = {"deletionTimestamp": self._time(), "deletionGracePeriodSeconds": 0}
        if "generation" in metadata:
            marked["generation"] = metadata["generation"] + 1
        return self._commit(place, old, old | {"metadata": metadata | marked})

    def _applied_first(self, place: Place, body: Manifest, manager: Manager) -> Manifest:
        if place.namespace and Place(NAMESPACE, "", place.namespace) not in self._objects:
            raise not_found("namespaces", place.namespace)
        new = admission.born(place, body, now=self._time())
        empty = admission.nothing(new)
        spoken = admission.spoken(place, body, manager)
        _, found = ownership.applied(empty, spoken, place.resource.whole, manager, force=True)
        return self._commit(place, None, ownership.owned(new, found, before=empty, now=self._time()))

    def _settle(self, place: Place, old: Manifest, new: Manifest, found: Owners) -> Manifest:
        new = ownership.owned(admission.admitted(place, old, new), found, before=old, now=self._time())
        if admission.same(old, new):
            return old
        new = admission.counted(place, old, new)
        if new["metadata"].get("deletionTimestamp") and not new["metadata"].get("finalizers"):
            self._remove(place, new)
            return new  # with the version that it had
        return self._commit(place, old, new)

    def _remove(self, place: Place, old: Manifest) -> Manifest:
        """The object goes, and with it what nobody else owns; all of its namespace, where it is one."""
        before = self._objects.pop(place)
        self.version += 1
        shown = old | {"metadata": old["metadata"] | {"resourceVersion": str(self.version)}}
        self._note(Change(self.version, place, before, None, shown))
        uid = old["metadata"]["uid"]
        for each, found in list(self._objects.items()):
            references = {one["uid"] for one in found["metadata"].get("ownerReferences", ())}
            orphaned = uid in references and not any(
                one["metadata"]["uid"] in references for one in self._objects.values()
            )
            inside = place.resource is NAMESPACE and each.namespace == place.name
            if each in self._objects and (orphaned or inside):
                self.delete(each)
        return shown

    def _commit(self, place: Place, old: Manifest | None, new: Manifest) -> Manifest:
        self.version += 1
        new = new | {"metadata": new["metadata"] | {"resourceVersion": str(self.version)}}
        self._objects[place] = new
        self._note(Change(self.version, place, old, new, new))
        return new

    def _note(self, change: Change) -> None:
        self.changes.append(change)
        self.changed.set()
        self.changed = asyncio.Event()

    def _time(self) -> str:
        return self._now().astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
