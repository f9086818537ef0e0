"""What a step says to the people who read the pod's log."""

import sys


def say(line: str) -> None:
    """One line on stderr, at once; nothing else prints."""
    sys.stderr.write(f"gastown: {line}\n")
    sys.stderr.flush()
