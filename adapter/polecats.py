"""The Polecats of a convoy: made with their Workflow, named once, and with the status that their bead's nodes give."""

import datetime
import hashlib
from collections.abc import Collection, Mapping

from adapter.statuses import settled, wire
from adapter.views import PolecatView, moment
from crds import API_VERSION, Condition, Convoy, Manifest, Rig
from workflows import labels
from workflows.names import BeadId, PolecatName, TaskName
from workflows.observe import BeadObservation, Observation, polecat_of
from workflows.polecats import polecat_name


def owned_by(kind: str, name: str, uid: str) -> Manifest:
    """The reference by which an object goes away with its owner."""
    return {"apiVersion": API_VERSION, "kind": kind, "name": name, "uid": uid, "controller": True}


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
            "ownerReferences": [owned_by("Convoy", convoy.metadata.name, convoy.metadata.uid)],
        },
        "spec": {
            "rig": rig.metadata.name,
            "beadID": bead,
            "desiredState": "Working",
            "agent": convoy.spec.agent or rig.spec.agent,
        },
    }


def polecat_status(
    view: PolecatView,
    bead: BeadObservation,
    *,
    observation: Observation,
    convoy: Convoy,
    rig: Rig,
    now: datetime.datetime,
    image: str = "",
    extra: Collection[Condition] = (),
) -> Manifest:
    """The status of a Polecat as its bead's nodes give it. `extra` are conditions that they know nothing of."""
    found = polecat_of(
        PolecatName(view.key.name), bead, observation=observation, convoy=convoy, rig=rig
    ).status
    conditions = settled([*found.conditions, *extra], _since(view), now=now, generation=view.generation)
    known = moment(view.last_activity)
    # How often it was active stands in the Workflow, when that was does not: it was since the last look.
    seen = now if bead.activity and bead.activity != view.activity else None
    latest = max((each for each in (known, seen, found.last_activity) if each), default=None)
    update = {
        "conditions": conditions,
        "agent_image": image,
        "last_activity": latest,
        "observed_generation": view.generation,
    }
    return wire(found.model_copy(update=update))


def latest(observations: Collection[Observation]) -> Mapping[BeadId, tuple[Observation, BeadObservation]]:
    """Each bead as the last attempt that carries it shows it."""
    found: dict[BeadId, tuple[Observation, BeadObservation]] = {}
    for observation in sorted(observations, key=lambda each: each.attempt):
        for bead in observation.beads:
            found[bead.bead] = (observation, bead)
    return found


def _since(view: PolecatView) -> dict[str, tuple[str, datetime.datetime]]:
    return {kind: (status, datetime.datetime.fromisoformat(time)) for kind, status, time in view.since}
