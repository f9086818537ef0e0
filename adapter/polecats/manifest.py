"""A convoy's Polecat as it is created: its name, its labels and its first spec."""

import hashlib
from collections.abc import Collection

from crds import API_VERSION, Convoy, Manifest, Rig
from workflows import labels
from workflows.names import BeadId, PolecatName, TaskName
from workflows.polecats import polecat_name


def name_of(convoy: Convoy, rig: Rig, *, bead: BeadId, task: TaskName, taken: Collection[str]) -> PolecatName:
    """What the polecat of a bead is called; where another convoy's polecat has the name, with a mark of this convoy."""
    name = polecat_name(convoy, rig, bead=bead, task=task)
    if name not in taken:
        return name
    mark = hashlib.sha256(convoy.metadata.name.encode()).hexdigest()[:6]
    return PolecatName(f"{name}-{mark}")


def polecat_manifest(name: PolecatName, bead: BeadId, *, convoy: Convoy, rig: Rig) -> Manifest:
    """A Polecat as it is created. Afterwards its spec belongs to people."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Polecat",
        "metadata": {
            "name": name,
            "namespace": convoy.metadata.namespace,
            "labels": {
                labels.MANAGED_BY: labels.MANAGER,
                labels.RIG: rig.metadata.name,
                labels.CONVOY: convoy.metadata.name,
                labels.BEAD: bead,
                labels.POLECAT: name[:63].rstrip("-."),
            },
            "ownerReferences": [convoy.owner_reference()],
        },
        "spec": {
            "rig": rig.metadata.name,
            "beadID": bead,
            "desiredState": "Working",
            "agent": convoy.spec.agent or rig.spec.agent,
        },
    }
