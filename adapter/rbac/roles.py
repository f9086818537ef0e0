"""What the adapter itself may do, made from the table of kinds: rules of RBAC, by where they have to hold.

No rule names Secrets, and none has a wildcard: the adapter never sees a credential, and could not if it were taken over.
"""

import dataclasses
from collections.abc import Iterable

from adapter.objects.kinds import SERVED, Served
from crds import Manifest

LEASE = "Lease"
"""The one kind that is touched in the adapter's own namespace only."""

POD = "Pod"
"""The kind whose logs may be read."""

EVENT = "Event"
"""Events of a Rig, which has no namespace, stand in `default`, where the adapter may not work."""


@dataclasses.dataclass(frozen=True, slots=True)
class Roles:
    """`everywhere` are rules for kinds without a namespace, `where_it_works` for those of the namespaces that it watches, all or
    some, `logs` beside them where it reads logs, and `at_home` for its own namespace. `at_home` speaks of the Lease of this name alone where verbs allow that.
    """

    everywhere: tuple[Manifest, ...]
    where_it_works: tuple[Manifest, ...]
    logs: tuple[Manifest, ...]
    at_home: tuple[Manifest, ...]


def roles(lease: str) -> Roles:
    """The rules of the adapter whose Lease has this name."""
    wide = [served for kind, served in SERVED.items() if not served.namespaced or kind == EVENT]
    works = [served for kind, served in SERVED.items() if kind != LEASE and served not in wide]
    return Roles(
        everywhere=_rules(wide),
        where_it_works=_rules(works),
        logs=(
            {"apiGroups": [SERVED[POD].group], "resources": [f"{SERVED[POD].plural}/log"], "verbs": ["get"]},
        ),
        at_home=_lease(SERVED[LEASE], lease),
    )


def _rules(kinds: Iterable[Served]) -> tuple[Manifest, ...]:
    """One rule for all resources of a group that are used in the same way."""
    same: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for served in kinds:
        for resource, verbs in ((served.plural, served.verbs), (f"{served.plural}/status", served.status)):
            if verbs:
                same.setdefault((served.group, tuple(sorted(verbs))), []).append(resource)
    return tuple(
        {"apiGroups": [group], "resources": sorted(resources), "verbs": list(verbs)}
        for (group, verbs), resources in sorted(same.items())
    )


def _lease(served: Served, name: str) -> tuple[Manifest, ...]:
    """A rule can't name what does not exist yet: whoever may create may create any."""
    where = {"apiGroups": [served.group], "resources": [served.plural]}
    named = sorted(set(served.verbs) - {"create"})
    return (where | {"verbs": ["create"]}, where | {"resourceNames": [name], "verbs": named})
