"""What `main` tells Argo's executor lies in a folder that the agent's container may mount, too."""

import os

import pytest

from workflows.steps.publish.step import _overwrite


def test_progress_is_replaced(tmp_path):
    """As Argo wants it."""
    place = tmp_path / "progress"
    for text in ("10/11\n", "2/3\n"):
        _overwrite(place, text)
        assert text == place.read_text()


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_trap_is_an_error(tmp_path, kind):
    """Nothing is written through it, and nobody waits for its reader."""
    place, other = tmp_path / "progress", tmp_path / "sha"
    other.write_text("abc")
    {"link": lambda: place.symlink_to(other), "pipe": lambda: os.mkfifo(place), "folder": place.mkdir}[kind]()
    with pytest.raises(OSError, match="progress"):
        _overwrite(place, "1/2\n")
    assert "abc" == other.read_text()
