"""Requests of HTTP, taken apart: what they are about, who asks, and what they bring."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import yaml
from aiohttp import web

from inmemory import patches
from inmemory.admission import Place
from inmemory.ownership import Manager, Manifest
from inmemory.refusals import Refused, bad_request
from inmemory.resources import RESOURCES, Resource
from inmemory.schemas import unknown


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """A request, taken apart."""

    resource: Resource
    namespace: str
    name: str
    subresource: str
    manager: Manager

    @property
    def place(self) -> Place:
        """Where the object stands."""
        return Place(self.resource, self.namespace, self.name)


def asked_of(request: web.Request, parts: list[str]) -> Asked:
    """What a request is about. Raises Refused for what is not served."""
    group, version, rest = ("", *parts[1:2], parts[2:]) if parts[0] == "api" else (*parts[1:3], parts[3:])
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces":
        namespace, rest = rest[1], rest[2:]
    plural, name, subresource = (*rest, "", "", "")[:3]
    for each in RESOURCES:
        if (each.group, each.version, each.plural) == (group, version, plural):
            break
    else:
        raise Refused(404, "NotFound", "the server could not find the requested resource")
    if subresource and not {"status": each.status, "log": each.log}.get(subresource):
        raise Refused(404, "NotFound", "the server could not find the requested resource")
    applies = request.method == "PATCH" and "apply-patch" in request.content_type
    who = request.query.get("fieldManager") or request.headers.get("User-Agent", "").partition("/")[0]
    return Asked(
        each, namespace, name, subresource, Manager(who, "Apply" if applies else "Update", subresource)
    )


def patch_of(request: web.Request, text: str) -> Callable[[Manifest], Manifest]:
    """The change that a patch asks for. Raises Refused."""
    body = json.loads(text)
    match request.content_type:
        case "application/merge-patch+json" | "application/strategic-merge-patch+json":
            return lambda old: dict(patches.merged(old, body))
        case "application/json-patch+json":
            return lambda old: dict(patches.edited(old, body))
    raise Refused(
        415,
        "UnsupportedMediaType",
        f"the body of the request was in an unknown format: {request.content_type}",
    )


def _parsed(text: str, content_type: str) -> Any:
    """JSON is YAML, and clients apply it under YAML's name: the parser of YAML takes a hundred times as long for it."""
    if "yaml" in content_type and not text.startswith("{"):
        return yaml.safe_load(text)
    return json.loads(text)


def manifest_of(request: web.Request, asked: Asked, text: str) -> Manifest:
    """The manifest that a request brings. Raises Refused."""
    try:
        body = _parsed(text, request.content_type)
    except (ValueError, yaml.YAMLError) as error:
        raise bad_request(str(error)) from error
    body = {"apiVersion": asked.resource.api_version, "kind": asked.resource.kind, **body}
    body.setdefault("metadata", {})
    if asked.name and body["metadata"].get("name", asked.name) != asked.name:
        raise bad_request("the name of the object does not match the name on the URL")
    if (body["apiVersion"], body["kind"]) != (asked.resource.api_version, asked.resource.kind):
        raise bad_request(f"{body['kind']} in version {body['apiVersion']} does not match the URL")
    strange = list(unknown(body, asked.resource.whole))
    if strange and request.query.get("fieldValidation") == "Strict":
        raise bad_request(f"strict decoding error: {', '.join(strange)}")
    return dict(body)
