"""The description of a Workflow, where Argo's list shows it, is kept true: seldom, and only where it says something else."""

import pytest
from playtown import MERGED, REFUSED, WORKING, Town, bead

DESCRIPTION = "workflows.argoproj.io/description"


def _lines(town: Town) -> list[str]:
    return str(town.get("Workflow", "demo-1")["metadata"]["annotations"][DESCRIPTION]).splitlines()


async def _begun(town: Town) -> None:
    town.rig()
    town.convoy("demo", bead(1), bead(2, 1))
    await town.workflow("demo-1")


async def test_it_follows_the_beads(town: Town) -> None:
    """From the graph to come to what became of it, with the command that works what failed once more."""
    await _begun(town)
    assert "0/2 merged" == _lines(town)[0]
    town.show("demo-1", ap_1=MERGED, ap_2=WORKING)
    await town.until("the first", lambda: _lines(town)[0] == "1/2 merged")
    assert _lines(town)[5].startswith("| ap\\-2 | ")
    town.show("demo-1", ap_1=MERGED, ap_2=REFUSED)
    town.end("demo-1", "Failed")
    hint = "1/2 merged, 1 failed. To work again what failed: `kubectl gt convoy resume demo`"
    await town.until("the end", lambda: _lines(town)[0] == hint)


async def test_it_is_written_seldom(town: Town) -> None:
    """Many changes in a moment are one write at once, and one more when the pause is over."""
    await _begun(town)
    await town.rest(30)
    town.server.writes.clear()
    for phase in (WORKING, MERGED, WORKING, MERGED):
        town.show("demo-1", ap_1=phase)
        await town.rest(0.5)
    await town.rest(30)
    written = {plural: count for (_, plural), count in town.server.writes.items()}
    assert written["workflows"] <= 2
    assert "1/2 merged" == _lines(town)[0]


@pytest.mark.parametrize("titles", ["{oops", "[]", '{"ap-1": 3}'], ids=["not JSON", "a list", "a number"])
async def test_titles_that_somebody_broke(town: Town, titles: str) -> None:
    """The description goes on without them."""
    await _begun(town)
    town.patch("Workflow", "demo-1", {"metadata": {"annotations": {"gastown.io/titles": titles}}})
    town.show("demo-1", ap_1=MERGED)
    await town.until("the change", lambda: _lines(town)[0] == "1/2 merged")
