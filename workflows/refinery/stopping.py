"""SIGTERM in a step that runs gates or holds a lease."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

from workflows.steps.errors import Stopped


@contextlib.contextmanager
def stopping() -> Iterator[None]:
    """SIGTERM unwinds the stack, so that no gate outlives its step, and nobody waits for one that is gone."""
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    # A second one must not end the tidying that the first began.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped
