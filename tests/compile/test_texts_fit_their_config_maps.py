import json

import pytest

from workflows.beads import Bead
from workflows.errors import ConvoyRefused
from workflows.orders import TaskOrders, TrainOrders

MEBIBYTE = 1 << 20


def _beads(count, description):
    return {f"ap-{n}": Bead(id=f"ap-{n}", title="t", description=description) for n in range(count)}


def test_long_texts_are_spread_over_config_maps(submit, tmp_path):
    """Forty beads of 100 kB each: none lost, no ConfigMap over 1 MiB, all of them mounted in one place."""
    submission = submit(beads=_beads(40, "x" * 100_000))

    maps = submission.trains[0].config_maps[1:]
    assert 4 < len(maps) < 10
    assert all(len(json.dumps(each).encode()) < MEBIBYTE for each in maps)
    assert 41 == sum(len(each["data"]) for each in maps)
    volumes = submission.templates["polecat"]["volumes"]
    tasks = next(each for each in volumes if each["name"] == "tasks")
    assert [each["metadata"]["name"] for each in maps] == [
        source["configMap"]["name"] for source in tasks["projected"]["sources"]
    ]
    directory = submission.mount(tmp_path)
    assert all("x" * 100_000 in TaskOrders.load(directory, f"ap-{n}").prompt for n in range(40))
    assert "c" == TrainOrders.load(directory).convoy


def test_bytes_count_not_letters(submit):
    """An emoji is four."""
    submission = submit(beads=_beads(10, "🐱" * 40_000))

    assert all(
        sum(len(text.encode()) for text in each["data"].values()) < MEBIBYTE
        for each in submission.trains[0].config_maps
    )


def test_a_text_that_fits_nowhere_is_refused(submit):
    """It names the bead's file and both sizes."""
    with pytest.raises(
        ConvoyRefused, match=r"c-1: the text of task.ap-0.json has 10\d{5} bytes, more than the 850000"
    ):
        submit(beads=_beads(1, "x" * 1_000_000))


def test_the_semaphore_comes_first(submit):
    """Its number is the rig's, so it holds over convoys."""
    semaphore = submit(rig={"settings": {"maxPolecats": 3}}).trains[0].config_maps[0]

    assert ("gastown-rig-app", {"polecats": "3"}) == (semaphore["metadata"]["name"], semaphore["data"])
