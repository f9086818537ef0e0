"""What the service accounts of a cluster asked of its apiserver, as the apiserver itself wrote it down."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml
from harness.site import Site
from harness.tenants import ARGO

_QUIET = {"level": "None"}

POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {**_QUIET, "users": [f"system:serviceaccount:{ARGO}:argo"]},
        {**_QUIET, "userGroups": ["system:serviceaccounts:kube-system"]},
        {"level": "Metadata", "userGroups": ["system:serviceaccounts"]},
        _QUIET,
    ],
}
"""Service accounts only, and of those not the ones that the control plane and Argo run as."""


class Call(NamedTuple):
    """One call in RBAC's words; `resource` carries the subresource, `namespace` is empty for one of the whole cluster."""

    verb: str
    group: str
    resource: str
    namespace: str
    code: int


def flags(site: Site) -> dict[str, str]:
    """What the apiserver is told; the policy is written where it looks for it."""
    policy = site.folder / "audit-policy.yaml"
    policy.write_text(yaml.safe_dump(POLICY), encoding="utf-8")
    return {"audit-policy-file": str(policy), "audit-log-path": str(site.logs / "audit.log")}


def calls(site: Site, namespace: str, account: str) -> Iterator[Call]:
    """All that an account asked for so far; questions about the API itself, which everybody may ask, are left out."""
    user = f"system:serviceaccount:{namespace}:{account}"
    with (site.logs / "audit.log").open(encoding="utf-8") as lines:
        for line in lines:
            if user in line and line.endswith("\n"):  # the last one may still be being written
                event = json.loads(line)
                if event["user"]["username"] == user and "objectRef" in event:
                    yield from _calls(event)


def _calls(event: dict[str, Any]) -> Iterator[Call]:
    about = event["objectRef"]
    resource = "/".join(filter(None, (about.get("resource", ""), about.get("subresource", ""))))
    code = int(event.get("responseStatus", {}).get("code", 0))
    call = Call(event["verb"], about.get("apiGroup", ""), resource, about.get("namespace", ""), code)
    yield call
    if call.verb == "patch" and code == 201:
        # An apply that made its object was asked for both rights, and is written down as one call.
        yield call._replace(verb="create")
