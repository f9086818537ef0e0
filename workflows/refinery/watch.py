"""`main` beside the gates: keeps the lease while they run, and knows when they are gone without a word."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from workflows.exits import Reason
from workflows.refinery.queue.presence import Presence
from workflows.refinery.room import PULSE, make_way
from workflows.refinery.trial.plan import Finding
from workflows.steps.errors import GateBroken, OrdersUnread, Relayed
from workflows.steps.pod.beating import beating
from workflows.steps.pod.environment import Pod
from workflows.steps.speech import say
from workflows.steps.wall import keyless

LOOK = 0.1
_STILL = 2.5
"""Seconds without a beat after which the container of the gates may have ended: it beats each second."""
_APPEARANCE = 10.0
"""How many times its silence the container of the gates may take to start: its image may still be pulled."""


@contextlib.contextmanager
def pulse(file: Path) -> Iterator[None]:
    """Show that this process lives, whatever the gates do that it waits for."""

    def beat() -> None:
        # Whatever a gate laid there is neither followed nor waited for.
        try:
            os.close(
                os.open(file, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o644)
            )
        except OSError:
            make_way(file)
        else:
            os.utime(file, follow_symlinks=False)

    # At once: a gate may kill this process within its first second.
    with contextlib.suppress(OSError):
        beat()
    with beating(beat):
        yield


def await_finding(pod: Pod, file: Path, presence: Presence, *, slow: Callable[[], None]) -> Finding:
    """What the gates found, once they did. Raises Relayed with their failure, GateBroken when they were killed; where others were tried with
    the own bead, theirs may be the code that did it, so it is found again with fewer of them.

    `slow` is called once where they take their time.
    """
    try:
        return _finding(pod, file, presence, slow=slow)
    except (GateBroken, Relayed, OrdersUnread) as error:
        if not presence.accompanied:
            raise
        say(f"{error}; the next batch is smaller, so that it stops nobody else")
        return Finding.spoilt()


def _finding(pod: Pod, file: Path, presence: Presence, *, slow: Callable[[], None]) -> Finding:
    began = changed = time.monotonic()
    told = pod.quick <= 0
    if told:
        slow()
    stamp = 0
    while not os.path.lexists(file):
        now, fresh = time.monotonic(), _stamp(file.with_name(PULSE))
        if fresh != stamp:
            stamp, changed = fresh, now
        # A failure is told in a place that gates can write to: who still beats has not failed.
        if (failure := keyless.failure(pod)) and (not stamp or now - changed > _STILL):
            raise Relayed(failure.words, Reason.of(failure.code))
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
