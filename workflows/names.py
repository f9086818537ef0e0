"""Names as types, and the one way a bead's id becomes a name that Argo and Kubernetes accept.

Names are functions of ids, never random: a second submit finds what the first one made.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NewType

from workflows.shape import TEMPLATES

BeadId = NewType("BeadId", str)
TaskName = NewType("TaskName", str)
ConvoyName = NewType("ConvoyName", str)
RigName = NewType("RigName", str)
PolecatName = NewType("PolecatName", str)
WorkflowName = NewType("WorkflowName", str)

TASK_LENGTH = 40
"""Longest task name. With its convoy and step it must fit a label value (63) and a pod name (253)."""

RESERVED = TEMPLATES | frozenset("and contains else false if in let matches nil not null or true".split())
"""Templates that every Workflow has beside those of its beads, and words of the language in which Argo evaluates `depends`."""

DIGEST = 8
"""Digits of a bead's hash that tell a name from others like it."""

_FOREIGN = re.compile(r"[^a-z0-9]+")


def task_name(bead: BeadId, *, digest: int = 0) -> TaskName:
    """The Argo task of a bead: lower case, other characters as `-`, a letter first.

    `digest` asks for so many digits of the bead's hash, at most 32; a name that is too long carries some in any case.
    """
    slug = _FOREIGN.sub("-", bead.lower()).strip("-")
    if not slug or not slug[0].isalpha() or slug in RESERVED:
        slug = f"b-{slug}".rstrip("-")
    if len(slug) > TASK_LENGTH:
        digest = digest or DIGEST
    return TaskName(_with_hash(slug, bead, digest) if digest else slug)


def task_names(beads: Iterable[BeadId]) -> dict[BeadId, TaskName]:
    """A distinct task name for each bead; only beads whose plain names collide carry a hash.

    The names do not depend on the order of the beads.
    """
    names = {bead: task_name(bead) for bead in beads}
    digest = DIGEST
    while clashing := _clashing(names):
        # More digits each time: ids whose first eight are the same are made in a second by who wants to.
        names |= {bead: task_name(bead, digest=digest) for bead in clashing}
        digest = min(digest * 2, 32)
    return names


def workflow_name(convoy: str, train: int, attempt: int) -> WorkflowName:
    """`<convoy>-<train>`, trains counted from 1, and `-r<attempt>` from the second attempt on."""
    return WorkflowName(f"{convoy}-{train + 1}" + (f"-r{attempt}" if attempt else ""))


def _clashing(names: Mapping[BeadId, TaskName]) -> list[BeadId]:
    bearers = Counter(names.values())
    return [bead for bead, name in names.items() if bearers[name] > 1]


def _with_hash(slug: str, bead: BeadId, size: int) -> str:
    digest = hashlib.sha256(bead.encode()).hexdigest()[:size]
    return f"{slug[: TASK_LENGTH - 1 - size].rstrip('-')}-{digest}"
