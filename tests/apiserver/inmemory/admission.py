"""What a request may change of an object, and what is refused whoever asks: pure functions from what is there to what will be."""

import dataclasses
import uuid

from inmemory import schemas
from inmemory.ownership import Manager, Manifest
from inmemory.refusals import changed_meanwhile, changed_uid, invalid, other_uid
from inmemory.resources import Resource

_SERVERS = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation")
"""Metadata that no request can change."""


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where one object stands."""

    resource: Resource
    namespace: str
    name: str


def born(place: Place, body: Manifest, *, now: str, allow: bool = True) -> Manifest:
    """A new object. Raises Refused."""
    metadata = {name: each for name, each in body["metadata"].items() if name not in _SERVERS}
    metadata |= {"name": place.name, "uid": str(uuid.uuid4()), "creationTimestamp": now}
    metadata |= {"namespace": place.namespace} if place.namespace else {}
    metadata |= {"generation": 1} if place.resource.custom else {}
    rest = {name: each for name, each in body.items() if not (name == "status" and place.resource.status)}
    new = schemas.defaulted(rest | {"metadata": metadata}, place.resource.whole)
    if allow:
        _allow(place, new)
    return dict(new)


def expect(place: Place, old: Manifest, told: Manifest, manager: Manager, *, whole: bool) -> None:
    """Raise Refused where a request speaks of another object or version than there is; `whole` ones replace it.

    A patch of a status may name any uid: the metadata that it brings is thrown away before anybody compares it.
    """
    what, metadata = place.resource.qualified, old["metadata"]
    uid, version = told.get("uid", metadata["uid"]), told.get("resourceVersion", "")
    if whole and uid != metadata["uid"]:
        raise other_uid(what, place.name, wanted=uid, found=metadata["uid"])
    if version and version != metadata["resourceVersion"]:
        raise changed_meanwhile(what, place.name)
    if uid != metadata["uid"] and not manager.subresource:
        raise changed_uid(what, place.name, wanted=uid)
    if whole and not version and place.resource.custom:
        problem = "metadata.resourceVersion: Invalid value: 0: must be specified for an update"
        raise invalid(what, place.name, [problem])


def within(place: Place, old: Manifest, wanted: Manifest, manager: Manager) -> Manifest:
    """The object with what this request may change: the status at its subresource, the rest elsewhere."""
    if manager.subresource or place.resource.status:
        metadata_of, status_of = (old, wanted) if manager.subresource else (wanted, old)
        rest = {name: each for name, each in metadata_of.items() if name != "status"}
        wanted = rest | ({"status": status_of["status"]} if "status" in status_of else {})
    kept = {
        name: old["metadata"][name] for name in (*_SERVERS, "name", "namespace") if name in old["metadata"]
    }
    metadata = {name: each for name, each in wanted["metadata"].items() if name not in _SERVERS}
    return wanted | {"metadata": metadata | kept}


def spoken(place: Place, body: Manifest, manager: Manager) -> Manifest:
    """What an apply may speak of: the status at its subresource, all but that elsewhere."""
    if manager.subresource:
        found = {name: body[name] for name in ("apiVersion", "kind", "status") if name in body}
        return found | {"metadata": {}}
    return {name: each for name, each in body.items() if not (name == "status" and place.resource.status)}


def admitted(place: Place, old: Manifest, new: Manifest) -> Manifest:
    """The object with its defaults. Raises Refused where its definition, or that it goes away, does not allow it."""
    new = dict(schemas.defaulted(new, place.resource.whole))
    _allow(place, new)
    fresh = set(new["metadata"].get("finalizers", ())) - set(old["metadata"].get("finalizers", ()))
    if old["metadata"].get("deletionTimestamp") and fresh:
        why = "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted"
        raise invalid(place.resource.qualified, place.name, [why])
    return new


def counted(place: Place, old: Manifest, new: Manifest) -> Manifest:
    """The object with its next generation, where anything changed but metadata and a status of its own."""
    resource = place.resource
    aside = {"metadata", "status"} if resource.status else {"metadata"}
    changed = any(old.get(name) != new.get(name) for name in {*old, *new} - aside)
    if not (resource.custom and changed):
        return new
    return new | {"metadata": new["metadata"] | {"generation": old["metadata"]["generation"] + 1}}


def same(old: Manifest, new: Manifest) -> bool:
    """True where a write changes nothing, and so makes no version."""

    def unversioned(obj: Manifest) -> Manifest:
        return obj | {"metadata": obj["metadata"] | {"resourceVersion": ""}}

    return unversioned(old) == unversioned(new)


def nothing(new: Manifest) -> Manifest:
    """What was there before anything was."""
    return {"apiVersion": new["apiVersion"], "kind": new["kind"], "metadata": {}}


def _allow(place: Place, new: Manifest) -> None:
    found = list(schemas.problems(new, place.resource.whole))
    if found:
        raise invalid(place.resource.qualified, place.name, found)
