"""Names as types, and the one way a bead's id becomes a name that Argo and Kubernetes accept.

Names are functions of ids, never random: a second submit finds what the first one made.
"""

import hashlib
import re
from collections import Counter
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
    names = {bead: task_name(bead) for bead in beads}
    while True:
        bearers = Counter(names.values())
        clashing = [bead for bead, name in names.items() if bearers[name] > 1]
        if not clashing:
            return names
        for bead in clashing:
            names[bead] = TaskName(_with_hash(names[bead], bead))


def workflow_name(convoy: str, train: int, attempt: int) -> WorkflowName:
    """`<convoy>-<train>`, trains counted from 1, and `-r<attempt>` from the second attempt on."""
    return WorkflowName(f"{convoy}-{train + 1}" + (f"-r{attempt}" if attempt else ""))


def _with_hash(slug: str, bead: BeadId) -> str:
    digest = hashlib.sha256(bead.encode()).hexdigest()[:8]
    return f"{slug[: TASK_LENGTH - 9].rstrip('-')}-{digest}"
