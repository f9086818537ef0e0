"""A few hundred mutated deliveries on every run; `make fuzz` sends a hundred thousand."""

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).with_name("fuzz.py")


def test_no_delivery_makes_the_receiver_fail():
    """No 5xx, no traceback: in a process of its own, whose memory is its own."""
    done = subprocess.run(
        (sys.executable, str(PROGRAM), "--count", "400"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
