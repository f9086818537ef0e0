"""A sign of life from beside what keeps a step busy."""

import contextlib
import threading
from collections.abc import Callable, Iterator

_EACH = 1.0


@contextlib.contextmanager
def beating(beat: Callable[[], None]) -> Iterator[None]:
    """Do this beside the block, each second until it ends. An OSError is passed over: there is a next time."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(_EACH):
            with contextlib.suppress(OSError):
                beat()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
