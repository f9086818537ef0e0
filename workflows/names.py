"""Names as types, and the one way a bead's id becomes a name that Argo and Kubernetes accept.

Names are functions of ids, never random: a second submit finds what the first one made.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import NewType

BeadId = NewType("BeadId", str)
TaskName = NewType("TaskName", str)
ConvoyName = NewType("ConvoyName", str)
RigName = NewType("RigName", str)
PolecatName = NewType("PolecatName", str)
WorkflowName = NewType("WorkflowName", str)

TASK_LENGTH = 40
"""Longest task name. With its convoy and step it must fit a label value (63) and a pod name (253)."""

_FOREIGN = re.compile(r"[^a-z0-9]+")


def task_name(bead: BeadId) -> TaskName:
    """The Argo task of a bead, before collisions: lower case, other characters as `-`, a letter first."""
    slug = _FOREIGN.sub("-", bead.lower()).strip("-")
    if not slug or not slug[0].isalpha():
        slug = f"b-{slug}".rstrip("-")
    if len(slug) > TASK_LENGTH:
        slug = _with_hash(slug, bead)
    return TaskName(slug)


def task_names(beads: Iterable[BeadId]) -> dict[BeadId, TaskName]:
    """A distinct task name for each bead; only beads whose plain names collide carry a hash.

    The names do not depend on the order of the beads.
    """
    plain = {bead: task_name(bead) for bead in beads}
    owners: dict[TaskName, int] = {}
    for name in plain.values():
        owners[name] = owners.get(name, 0) + 1
    return {
        bead: name if owners[name] == 1 else TaskName(_with_hash(name, bead)) for bead, name in plain.items()
    }


def _with_hash(slug: str, bead: BeadId) -> str:
    digest = hashlib.sha256(bead.encode()).hexdigest()[:8]
    return f"{slug[: TASK_LENGTH - 9].rstrip('-')}-{digest}"
