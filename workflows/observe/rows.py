"""From an observation to the lines of a Workflow's overview."""

import json
from collections.abc import Mapping

from crds import Manifest
from workflows import labels
from workflows.observe.bead import BeadObservation
from workflows.observe.overview import Row, description
from workflows.observe.reasons import DEPENDENCY_FAILED, MERGED, Stage
from workflows.observe.workflow import Observation


def describe(observation: Observation, titles: Mapping[str, str], *, again: str = "") -> str:
    """The description of a Workflow as it stands. `again` is the command that works its failed beads once more."""
    failed = any(bead.stage is Stage.FAILED for bead in observation.beads)
    hint = f". To work again what failed: `{again}`" if again and failed and observation.ended else ""
    return description([_row(bead, titles.get(bead.bead, "")) for bead in observation.beads], hint=hint)


def titles_of(workflow: Manifest) -> dict[str, str]:
    """The titles of a Workflow's beads, as they stand with its description; none where somebody wrote something else there."""
    text = (workflow["metadata"].get("annotations") or {}).get(labels.TITLES, "")
    try:
        told = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return {str(bead): str(title) for bead, title in told.items()} if isinstance(told, dict) else {}


def _row(bead: BeadObservation, title: str) -> Row:
    return Row(
        bead=bead.bead,
        title=title,
        state=_state(bead),
        why="" if bead.stage is Stage.DONE else bead.message,
        cost=bead.cost,
        commit=bead.merged or bead.commit,
    )


def _state(bead: BeadObservation) -> str:
    if bead.stage is Stage.DONE:
        return "merged" if bead.reason == MERGED else "published"
    return "omitted" if bead.reason == DEPENDENCY_FAILED else str(bead.stage)
