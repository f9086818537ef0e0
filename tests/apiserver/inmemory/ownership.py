"""Who owns which field: server-side apply, and what every other write does to the owners."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from inmemory import fields
from inmemory.fields import Path, Paths
from inmemory.refusals import owned_by_others
from inmemory.schemas import Schema

Manifest = dict[str, Any]

_NOBODYS = ("apiVersion", "kind")
_METADATA = frozenset(
    "name namespace uid resourceVersion generation creationTimestamp deletionTimestamp deletionGracePeriodSeconds "
    "generateName managedFields".split()
)


@dataclasses.dataclass(frozen=True, slots=True)
class Manager:
    """Who writes: by its name, what it does (Apply or Update), and to which subresource."""

    name: str
    operation: str
    subresource: str = ""


Owners = Mapping[Manager, Paths]


def owners(obj: Manifest) -> dict[Manager, Paths]:
    """The owners as the object tells them."""
    return {
        Manager(each["manager"], each["operation"], each.get("subresource", "")): frozenset(
            fields.read(each["fieldsV1"])
        )
        for each in obj["metadata"].get("managedFields", ())
    }


def owned(obj: Manifest, found: Owners, *, before: Manifest, now: str) -> Manifest:
    """The object with its owners; whose fields are as before keeps its time."""
    known = {_of(each): each for each in before["metadata"].get("managedFields", ())}
    entries = []
    for manager, paths in sorted(found.items(), key=lambda each: dataclasses.astuple(each[0])):
        if not paths:
            continue
        entry = {
            "manager": manager.name,
            "operation": manager.operation,
            "apiVersion": obj["apiVersion"],
            "fieldsType": "FieldsV1",
            "fieldsV1": fields.written(paths),
        } | ({"subresource": manager.subresource} if manager.subresource else {})
        same = known.get(manager)
        stays = same is not None and same["fieldsV1"] == entry["fieldsV1"]
        entries.append(entry | {"time": same["time"] if same and stays else now})
    metadata = {name: each for name, each in obj["metadata"].items() if name != "managedFields"}
    return obj | {"metadata": metadata | ({"managedFields": entries} if entries else {})}


def updated(old: Manifest, new: Manifest, schema: Schema, manager: Manager) -> dict[Manager, Paths]:
    """The owners after a write that is no apply: what it set or changed is the writer's alone."""
    before, after = _fields(old, schema), _fields(new, schema)
    gone = before.keys() - after.keys()
    added = {path for path in after if path not in before}
    changed = {path for path, value in after.items() if path in before and before[path] != value}
    found = {who: paths - changed - gone for who, paths in owners(old).items()}
    found[manager] = found.get(manager, frozenset()) | added | changed
    return found


def applied(
    live: Manifest, wanted: Manifest, schema: Schema, manager: Manager, *, force: bool
) -> tuple[Manifest, dict[Manager, Paths]]:
    """The object with what is applied, and its owners. Raises Refused where others own what would change, without force."""
    there, asked = _fields(live, schema), _fields(wanted, schema)
    known = owners(live)
    changes = {path for path, value in asked.items() if path in there and there[path] != value}
    conflicts = {who: paths & changes for who, paths in known.items() if who != manager and paths & changes}
    if conflicts and not force:
        raise owned_by_others(
            {who.name: [_dotted(path) for path in paths] for who, paths in conflicts.items()}
        )
    others = {who: paths - changes for who, paths in known.items() if who != manager}
    kept = frozenset[Path]().union(*others.values(), asked)
    gone = known.get(manager, frozenset()) - kept
    # An item of a list stays while anybody owns a field of it.
    gone = frozenset(path for path in gone if not any(other[: len(path)] == path for other in kept))
    rest = fields.taken_out(_plain(live), gone, schema) or {}
    found = fields.laid_over(rest, _plain(wanted), schema)
    # What it is called and when it was made is nobody's to apply.
    metadata = {name: each for name, each in live["metadata"].items() if name in _METADATA}
    own = {name: live[name] for name in _NOBODYS if name in live}
    return (
        found | own | {"metadata": found.get("metadata", {}) | metadata},
        others | {manager: frozenset(asked)},
    )


def _plain(obj: Manifest) -> Manifest:
    """The object without what nobody owns."""
    metadata = {name: each for name, each in obj.get("metadata", {}).items() if name not in _METADATA}
    rest = {name: each for name, each in obj.items() if name not in (*_NOBODYS, "metadata")}
    return rest | ({"metadata": metadata} if metadata else {})


def _fields(obj: Manifest, schema: Schema) -> dict[Path, Any]:
    found = _plain(obj)
    return dict(fields.leaves(found, schema)) if found else {}


def _of(entry: Manifest) -> Manager:
    return Manager(entry["manager"], entry["operation"], entry.get("subresource", ""))


def _dotted(path: Path) -> str:
    return "".join(f".{part[2:]}" if part.startswith("f:") else f"[{part[2:]}]" for part in path)
