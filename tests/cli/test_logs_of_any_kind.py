"""Logs are read in little memory, whatever an agent printed."""

import tracemalloc

import pytest

from kubectl_gt.machine.logs import LONGEST, Growing, lines


@pytest.fixture
def log(tmp_path):
    """A log that holds one line of 40 MB between two short ones."""
    file = tmp_path / "log"
    file.write_bytes(b"first\n" + b"x" * (40 * LONGEST) + b"\nlast\nhalf")
    return file


def test_a_line_without_an_end_comes_in_parts(log):
    """Nothing of it is left out."""
    tracemalloc.start()
    try:
        found = sum(len(line) for line in lines((log,), None))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (log.stat().st_size, True) == (found, peak < 8 * LONGEST)


def test_half_a_line_waits_for_its_other_half(log):
    """Also behind a long one."""
    growing = Growing(log)
    assert "last\n" == [*growing.lines(whole=True)][-1]
    with log.open("ab") as stream:
        stream.write(b" and half\n")
    assert ["half and half\n"] == [*growing.lines(whole=True)]
