"""Reading Argo's nodes: by name only, with retries rolled up, and never trusting outputs that are still on their way.

IDs and display names are not used: IDs collide and change form between Argo's releases, display names are the template's to choose.
"""

import base64
import datetime
import gzip
import json
import re
from collections.abc import Mapping

from crds import Manifest
from workflows.exits import Reason

ENDED = frozenset({"Succeeded", "Failed", "Error", "Skipped", "Omitted"})
UNSUCCESSFUL = frozenset({"Failed", "Error"})
LEFT_OUT = frozenset({"Skipped", "Omitted"})

_EXIT_CODE = re.compile(r"\(exit code (\d+)\)")
_GZIP = b"\x1f\x8b"


def nodes_by_name(status: Manifest) -> dict[str, Manifest] | None:
    """A Workflow's nodes by name; None where they are stored elsewhere, or packed in a way that is not known here."""
    packed = status.get("compressedNodes")
    if packed:
        raw = base64.b64decode(packed)
        if not raw.startswith(_GZIP):
            return None
        return _by_name(json.loads(gzip.decompress(raw)))
    if status.get("offloadNodeStatusVersion") and not status.get("nodes"):
        return None
    return _by_name(status.get("nodes") or {})


def _by_name(nodes: Mapping[str, Manifest]) -> dict[str, Manifest]:
    return {str(node["name"]): node for node in nodes.values() if "name" in node}


def ended(node: Manifest | None) -> bool:
    """True when a node has ended and all it has to say has arrived."""
    return node is not None and node.get("phase") in ENDED and node.get("taskResultSynced") is not False


def failed(node: Manifest | None) -> bool:
    """True when a node ended without success."""
    return node is not None and ended(node) and node.get("phase") in UNSUCCESSFUL


def succeeded(node: Manifest | None) -> bool:
    """True when a node ended well."""
    return node is not None and ended(node) and node.get("phase") == "Succeeded"


def attempts(nodes: Mapping[str, Manifest], name: str) -> list[Manifest]:
    """The attempts under a Retry node, first to last; the node itself where it has none."""
    found: list[Manifest] = []
    while (attempt := nodes.get(f"{name}({len(found)})")) is not None:
        found.append(attempt)
    return found or [nodes[name]] if name in nodes else []


def outputs(node: Manifest | None) -> dict[str, str]:
    """Output parameters that have a value."""
    if node is None:
        return {}
    parameters = (node.get("outputs") or {}).get("parameters") or ()
    return {item["name"]: str(item["value"]) for item in parameters if item.get("value")}


def reason(node: Manifest) -> Reason:
    """Why a node ended, from its exit code; `Failed` covers a lost pod and every code that is not in the table."""
    code = (node.get("outputs") or {}).get("exitCode")
    if code is None and (told := _EXIT_CODE.search(node.get("message") or "")):
        code = told[1]
    return Reason.of(int(code)) if code is not None and str(code).isdigit() else Reason.FAILED


def sentence(node: Manifest) -> str:
    """The part of a node's message that our own step wrote, or all of it where there is none."""
    message = str(node.get("message") or "")
    _, marker, told = message.partition("): ")
    return told if marker else message


def moment(node: Manifest | None, field: str) -> datetime.datetime | None:
    """A time of a node, None where it has none."""
    text = (node or {}).get(field)
    return datetime.datetime.fromisoformat(text) if text else None
