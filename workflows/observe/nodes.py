"""Reading Argo's nodes: by name only, with retries rolled up, and never trusting outputs that are still on their way.

IDs and display names are not used: IDs collide and change form between Argo's releases, display names are the template's to choose.
"""

import base64
import datetime
import json
import re
import zlib
from collections.abc import Mapping

from crds import Manifest
from workflows import labels
from workflows.clean import lines, plain
from workflows.exits import Reason
from workflows.shape import ENDED, UNSUCCESSFUL

LEFT_OUT = frozenset({"Skipped", "Omitted"})

SENTENCE = 4096
"""Longest message that is passed on, as long as the kubelet lets a container's last words be."""

_STARTING = ("ContainerCreating", "PodInitializing")
"""What every pod says on its way."""

LIMIT = 1e15
"""No bead uses so many tokens or dollars."""

_POD_PREFIX = 242
"""What Argo leaves of Workflow and template in a pod's name: 253 less the digits of the node's hash and a dash."""

_EXIT_CODE = re.compile(r"\(exit code ([0-9]{1,9})\)")
_WHOLE = re.compile(r"[0-9]{1,15}")
_WORDS = {reason.word: reason for reason in Reason}
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31
"""Tells zlib that what follows is gzip."""

UNPACKED = 64 << 20
"""Most bytes that packed nodes may become: Argo packs about ten to one and stores elsewhere what is over 1 MiB even so."""


def nodes_by_name(status: Manifest) -> dict[str, Manifest] | None:
    """A Workflow's nodes by name; None where they are stored elsewhere, or packed in a way that is not known here."""
    packed = status.get("compressedNodes")
    if packed:
        return _unpacked(packed)
    if status.get("offloadNodeStatusVersion") and not status.get("nodes"):
        return None
    return _by_name(status.get("nodes") or {})


def _unpacked(packed: str) -> dict[str, Manifest] | None:
    """Gzip is all that Argo up to 4.0 writes; of 4.1 it is the default, and its argo-server unpacks the others for who asks."""
    try:
        raw = base64.b64decode(packed)
        stream = zlib.decompressobj(_GZIP_WINDOW)
        text = stream.decompress(raw, UNPACKED) if raw.startswith(_GZIP) else b""
        return _by_name(json.loads(text)) if stream.eof else None
    except (ValueError, AttributeError, TypeError, RecursionError, zlib.error):
        return None


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


def locked_out(node: Manifest) -> bool:
    """True while a node waits for a semaphore or a mutex, and has no pod yet."""
    return bool((node.get("synchronizationStatus") or {}).get("waiting"))


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
    return {item["name"]: lines(str(item["value"])) for item in parameters if item.get("value")}


def pod(node: Manifest, workflow: Manifest) -> str:
    """The name of a node's pod; empty on one machine, where there are no pods.

    The end of the node's id is taken as it is, not worked out again: its form changes between Argo's releases.
    """
    metadata = workflow["metadata"]
    # Not there where somebody wrote to the Workflow just when Argo first did: it then repeats its write with the status alone
    # (reapplyUpdate of 4.0.2), and goes on with its default.
    form = (metadata.get("annotations") or {}).get("workflows.argoproj.io/pod-name-format", "v2")
    ident = str(node.get("id") or "")
    if node.get("type") != "Pod" or labels.LOCAL in (metadata.get("labels") or {}):
        return ""
    if form != "v2" or not ident.startswith(f"{metadata['name']}-"):
        return ident
    prefix = f"{metadata['name']}-{node.get('templateName', '')}"[:_POD_PREFIX]
    return prefix + ident.removeprefix(metadata["name"])


def activity(node: Manifest) -> int:
    """In how many minutes its agent was active, as its step tells by Argo's progress: `n/n+1`, and 0 where it tells nothing.

    Argo makes `m/m` of it when the node succeeds, which is one more and no sign of the agent.
    """
    active, _, total = str(node.get("progress") or "").partition("/")
    return whole(active) or 0 if active != total else 0


def reason(node: Manifest) -> Reason:
    """Why a node did not succeed: as its step said, else from its exit code; `Failed` covers a lost pod and what is not known."""
    told = _WORDS.get(outputs(node).get("reason", ""), Reason.COMPLETED)
    if told is not Reason.COMPLETED:
        return told
    code = (node.get("outputs") or {}).get("exitCode")
    if code is None and (shown := _EXIT_CODE.search(node.get("message") or "")):
        code = shown[1]
    found = Reason.of(whole(str(code)) or 0)
    return Reason.FAILED if found is Reason.COMPLETED else found


def sentence(node: Manifest) -> str:
    """The part of a node's message that our own step wrote, or all of it where there is none."""
    message = plain(str(node.get("message") or ""))
    shown = _EXIT_CODE.search(message)
    if shown is None:
        return message[:SENTENCE]
    # Argo writes `main: OOMKilled (exit code 137)`; `Error` says no more than the phase does.
    killed = message[: shown.start()].strip().rpartition(": ")[2] not in ("", "Error")
    return (message[shown.end() :].removeprefix(": ") or (message if killed else ""))[:SENTENCE]


def held_up(node: Manifest) -> str:
    """What keeps a pod from starting, as Argo says it: its image, a Secret, no room on a node. Nothing while it just starts."""
    message = plain(str(node.get("message") or ""))
    pending = node.get("phase") == "Pending" and node.get("type") == "Pod"
    if not pending or locked_out(node) or message in _STARTING:
        return ""
    return message[:SENTENCE]


def whole(text: str) -> int | None:
    """A count that a step wrote, None for what is none."""
    return int(text) if _WHOLE.fullmatch(text) else None


def amount(text: str) -> float | None:
    """Money or tokens that an agent told of, None for what is no amount: its report is its own, `NaN` and less than nothing included."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < LIMIT else None


def moment(node: Manifest | None, field: str) -> datetime.datetime | None:
    """A time of a node, None where it has none."""
    text = (node or {}).get(field)
    found = datetime.datetime.fromisoformat(text) if text else None
    # Anything may stand in a Workflow, and a time without a zone can't be compared with others.
    return found.replace(tzinfo=datetime.UTC) if found and not found.tzinfo else found
