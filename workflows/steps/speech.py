"""What a step says to the people who read the pod's log."""

import sys

from workflows.clean import plain


def say(line: str) -> None:
    """One line on stderr, at once; nothing else prints. It may name files and refs that others made: no escape of theirs is passed on."""
    sys.stderr.write(f"gastown: {plain(line)}\n")
    sys.stderr.flush()
