"""A few random histories of the queue on every run; `make histories` runs a thousand."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("histories.py")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_whatever_happens_no_bead_is_lost_and_none_wrongly_blamed():
    """In a process of its own: gates end all descendants of the one that runs them."""
    done = subprocess.run(
        (sys.executable, str(PROGRAM), "--count", "32", "--workers", "1"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
