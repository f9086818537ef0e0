"""What the recordings of tests/observe hold is what the real controller writes."""

from harness.recorded import FOLDER, Recording
from harness.recorder import play
from harness.running import Cluster
from harness.stories import STORIES

from workflows.observe import observe

PLAYED = ("escalated", "gate", "published", "terminated")
"""Stories of a few seconds each, all at once, that tell no commit; the others wait for Argo's own delays."""


def _told(recording: Recording) -> dict[str, tuple[str, str, str, int]]:
    seen = observe(recording.last)
    return {bead.bead: (bead.stage, bead.reason, bead.message, bead.attempts) for bead in seen.beads}


def test_the_controller_still_writes_what_was_recorded(light: Cluster, light_workers: str) -> None:
    """Each story, played anew, ends as its recording does: the same stages, reasons, sentences and attempts."""
    played = play(light, light_workers, {name: STORIES[name] for name in PLAYED})

    recorded = {name: Recording.load(FOLDER / f"{name}.json") for name in PLAYED}
    assert {name: _told(each) for name, each in recorded.items()} == {
        name: _told(each) for name, each in played.items()
    }
