"""`main` beside the gates: keeps the lease while they run, and knows when they are gone without a word."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from workflows.exits import Reason
from workflows.refinery.queue.presence import Presence
from workflows.refinery.room import PULSE
from workflows.refinery.trial.plan import Finding
from workflows.steps.errors import GateBroken, Relayed
from workflows.steps.pod.beating import beating
from workflows.steps.pod.environment import Pod
from workflows.steps.wall import keyless

LOOK = 0.1
_APPEARANCE = 10.0
"""How many times its silence the container of the gates may take to start: its image may still be pulled."""


@contextlib.contextmanager
def pulse(file: Path) -> Iterator[None]:
    """Show that this process lives, whatever the gates do that it waits for."""

    def beat() -> None:
        # A link that a gate laid there must not be followed.
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644))
        os.utime(file, follow_symlinks=False)

    with beating(beat):
        yield


def await_finding(pod: Pod, file: Path, presence: Presence, *, slow: Callable[[], None]) -> Finding:
    """What the gates found, once they did. Raises Relayed with their failure, GateBroken when they were killed.

    `slow` is called once where they take their time.
    """
    began = changed = time.monotonic()
    told = pod.quick <= 0
    if told:
        slow()
    stamp = 0
    while not os.path.lexists(file):
        if failure := keyless.failure(pod):
            raise Relayed(failure.words, Reason.of(failure.code))
        now, fresh = time.monotonic(), _stamp(file.with_name(PULSE))
        if fresh != stamp:
            stamp, changed = fresh, now
        if now - changed > pod.silence * (1 if stamp else _APPEARANCE):
            raise GateBroken(
                "the container of the gates went silent: it was killed, perhaps for lack of memory; give the refinery more"
            )
        presence.renew()
        if not told and now - began > pod.quick:
            told = True
            slow()
        time.sleep(min(LOOK + (now - began) / 50, 1.0))
    return Finding.load(file)


def _stamp(file: Path) -> int:
    try:
        return file.stat(follow_symlinks=False).st_mtime_ns
    except OSError:
        return 0
