"""What is served, as clients ask for it before anything else."""

from collections.abc import Iterable
from typing import Any

from inmemory.resources import Resource

_VERBS = ("create", "delete", "get", "list", "patch", "update", "watch")


def groups(resources: Iterable[Resource]) -> dict[str, Any]:
    """The answer of `/apis`."""
    found = dict.fromkeys((each.group, each.version) for each in resources if each.group)
    return {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [_group(name, version) for name, version in found],
    }


def served(resources: Iterable[Resource], group: str, version: str) -> dict[str, Any] | None:
    """The answer of `/api/v1` and `/apis/<group>/<version>`; None where that is not served."""
    own = [each for each in resources if (each.group, each.version) == (group, version)]
    found = [
        {
            "name": f"{each.plural}{ending}",
            "singularName": "" if ending else each.kind.lower(),
            "namespaced": each.namespaced,
            "kind": each.kind,
            "verbs": list(_VERBS if not ending else ("get", "patch", "update")),
        }
        for each in own
        for ending in ("", "/status")
        if not ending or each.status
    ]
    gv = f"{group}/{version}" if group else version
    return (
        {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": gv, "resources": found}
        if own
        else None
    )


def _group(name: str, version: str) -> dict[str, Any]:
    preferred = {"groupVersion": f"{name}/{version}", "version": version}
    return {"name": name, "versions": [preferred], "preferredVersion": preferred}
