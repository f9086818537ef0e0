"""Deliveries of webhooks: headers and a body become Hints. Each reader is total: Hints, Ignored, or Unreadable."""

import json
from collections.abc import Mapping, Sequence

from pydantic_core import from_json

from crds.forges import ForgeKind
from events.deliveries import bitbucket, bitbucket_server, gitea, github, gitlab
from events.deliveries.parts import Dialect
from events.errors import Unreadable
from events.model import Hint, Ignored
from forges.errors import Unreadable as NotOfThisForge
from forges.fields import Fields

DIALECTS: Mapping[ForgeKind, Dialect] = {
    "github": github.DIALECT,
    "gitlab": gitlab.DIALECT,
    "gitea": gitea.DIALECT,
    "forgejo": gitea.DIALECT,
    "bitbucket": bitbucket.DIALECT,
    "bitbucketServer": bitbucket_server.DIALECT,
}


OWN = "gastown/"
"""What the names of our own checks begin with."""

JUDGED = (
    ("", "sha"),
    ("check_run", "head_sha"),
    ("check_suite", "head_sha"),
    ("workflow_run", "head_sha"),
    ("object_attributes", "sha"),
)
"""Where forges name the commit whose checks have changed: statuses of Gitea and GitHub, GitHub's own checks, GitLab's pipelines.
Reviews name it in their pull request.
"""


def read(kind: ForgeKind, headers: Mapping[str, str], body: bytes) -> tuple[Hint, ...] | Ignored:
    """What a delivery tells, once its signature was found right; headers are found by names in lower case. Raises Unreadable."""
    return told(kind, headers, parsed(body))


def told(kind: ForgeKind, headers: Mapping[str, str], content: object) -> tuple[Hint, ...] | Ignored:
    """The same of a body that is parsed."""
    dialect = DIALECTS[kind]
    name = _first(headers, dialect.event)
    reader = dialect.readers.get(name)
    if reader is None:
        return Ignored(f"{name or 'no event'}: no trigger listens to it")
    try:
        return reader(Fields(content, where="delivery"))
    except NotOfThisForge as error:
        raise Unreadable(str(error)) from error


def judged(content: object) -> str:
    """The commit whose checks or review a delivery is about, green ones too; empty for others, and for what we say of our own gates."""
    if not isinstance(content, dict) or str(content.get("context", "")).startswith(OWN):
        return ""
    if content.get("review"):
        pull = content.get("pull_request")
        head = pull.get("head") if isinstance(pull, dict) else None
        return head["sha"] if isinstance(head, dict) and isinstance(head.get("sha"), str) else ""
    for place, name in JUDGED:
        if not place and "context" not in content:
            continue
        inner = content.get(place) if place else content
        if isinstance(inner, dict) and isinstance(found := inner.get(name), str):
            return found
    return ""


def name_of(kind: ForgeKind, headers: Mapping[str, str]) -> str:
    """The id that the forge gave to a delivery, empty where it gives none."""
    return _first(headers, DIALECTS[kind].delivery)[:128]


def _first(headers: Mapping[str, str], names: Sequence[str]) -> str:
    for each in names:
        if found := headers.get(each):
            return found
    return ""


def parsed(body: bytes) -> object:
    """The JSON of a body. Raises Unreadable, also for what Python's reader gives up on in other ways."""
    try:
        return from_json(body, allow_inf_nan=False)
    except (
        ValueError
    ):  # what the fast reader will not have, such as half an emoji of a Java program, the thorough one may
        return _thoroughly(body)


def _thoroughly(body: bytes) -> object:
    try:
        return _DECODER.decode(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the body is not JSON: {type(error).__name__}") from error


def _refused(name: str) -> None:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_refused)
"""Made once: `json.loads` makes one for each body."""
