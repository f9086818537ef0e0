"""The status of a Polecat, as the nodes of its bead give it."""

import datetime
from collections.abc import Collection, Mapping

from adapter.objects.conditions import to_wire, with_times
from adapter.objects.views import PolecatView, moment
from crds import Condition, Convoy, Manifest, Rig
from workflows.names import BeadId, PolecatName
from workflows.observe import BeadObservation, Observation, polecat_of
from workflows.polecats import agent_runs


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
    polecat = polecat_of(PolecatName(view.key.name), bead, observation=observation, convoy=convoy, rig=rig)
    found = polecat.status
    conditions = with_times([*found.conditions, *extra], _since(view), now=now, generation=view.generation)
    known = moment(view.last_activity)
    # How often it was active stands in the Workflow, when that was does not: it was since the last look.
    seen = now if bead.activity and bead.activity != view.activity else None
    latest = max((each for each in (known, seen, found.last_activity) if each), default=None)
    update = {
        "conditions": conditions,
        "agent_image": image,
        "last_activity": latest,
        # The action of an attempt that is over is none of the next one.
        "last_action": view.last_action if agent_runs(polecat) and view.pod == found.pod_name else "",
        "observed_generation": view.generation,
    }
    return to_wire(found.model_copy(update=update))


def latest(observations: Collection[Observation]) -> Mapping[BeadId, tuple[Observation, BeadObservation]]:
    """Each bead as the last attempt that carries it shows it."""
    found: dict[BeadId, tuple[Observation, BeadObservation]] = {}
    for observation in sorted(observations, key=lambda each: each.attempt):
        for bead in observation.beads:
            found[bead.bead] = (observation, bead)
    return found


def _since(view: PolecatView) -> dict[str, tuple[str, datetime.datetime]]:
    return {kind: (status, datetime.datetime.fromisoformat(time)) for kind, status, time in view.since}
