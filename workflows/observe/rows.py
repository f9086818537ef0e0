"""From an observation to the lines of a Workflow's overview."""

from collections.abc import Mapping

from workflows.observe.bead import DEPENDENCY_FAILED, MERGED, BeadObservation, Stage
from workflows.observe.workflow import Observation
from workflows.overview import Row, description


def describe(observation: Observation, titles: Mapping[str, str], *, again: str = "") -> str:
    """The description of a Workflow as it stands. `again` is the command that works its failed beads once more."""
    failed = any(bead.stage is Stage.FAILED for bead in observation.beads)
    hint = f". To work again what failed: `{again}`" if again and failed and observation.ended else ""
    return description([_row(bead, titles.get(bead.bead, "")) for bead in observation.beads], hint=hint)


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
