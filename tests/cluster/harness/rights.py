"""All that an account may do, asked of the apiserver for every resource and verb that there is."""

from collections.abc import Iterator
from typing import Any

from harness.running import Cluster

VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
_REVIEWS = "authorization.k8s.io"


def rights(
    cluster: Cluster, account: str, home: str, namespaces: tuple[str, ...]
) -> set[tuple[str, str, str]]:
    """As (namespace, resource with its group, verb); the namespace is empty for what belongs to none.

    What everybody may, to ask for one's own rights, is left out.
    """
    user = f"system:serviceaccount:{home}:{account}"
    found = set()
    for group, name, namespaced in _resources(cluster):
        resource, _, part = name.partition("/")
        for namespace in namespaces if namespaced else ("",):
            for verb in VERBS:
                asked = {"group": group, "resource": resource, "subresource": part, "verb": verb}
                if _may(cluster, user, home, asked | {"namespace": namespace}):
                    found.add((namespace, f"{name}.{group}".rstrip("."), verb))
    return found


def _may(cluster: Cluster, user: str, home: str, asked: dict[str, str]) -> bool:
    groups = ["system:serviceaccounts", f"system:serviceaccounts:{home}", "system:authenticated"]
    body = {
        "apiVersion": f"{_REVIEWS}/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": user, "groups": groups, "resourceAttributes": asked},
    }
    answer = cluster.api.request("post", f"/apis/{_REVIEWS}/v1/subjectaccessreviews", body=body)
    return bool(answer.to_dict()["status"]["allowed"])


def _resources(cluster: Cluster) -> Iterator[tuple[str, str, bool]]:
    """Group, name with a part behind a slash, and whether it is in namespaces."""

    def asked(path: str) -> dict[str, Any]:
        answer: dict[str, Any] = cluster.api.request("get", path).to_dict()
        return answer

    further = ((each["name"], each["preferredVersion"]["groupVersion"]) for each in asked("/apis")["groups"])
    groups = [("", "/api/v1"), *((name, f"/apis/{version}") for name, version in further)]
    for group, path in groups:
        for each in asked(path)["resources"]:
            if each["name"] not in {
                "selfsubjectreviews",
                "selfsubjectaccessreviews",
                "selfsubjectrulesreviews",
            }:
                yield group, each["name"], bool(each["namespaced"])
