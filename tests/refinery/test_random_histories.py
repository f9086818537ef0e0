"""A hundred random histories of the queue on every run; `make histories` runs a thousand."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("histories.py")
COUNT, SHARES = 100, 4


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(1, COUNT, COUNT // SHARES))
def test_whatever_happens_no_bead_is_lost_and_none_wrongly_blamed(seed):
    """In a process of its own: gates end all descendants of the one that runs them."""
    words = ("--seed", str(seed), "--count", str(COUNT // SHARES), "--workers", "1")
    done = subprocess.run((sys.executable, str(PROGRAM), *words), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
