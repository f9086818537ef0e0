"""Follows the agent's launcher: until it says how the agent ended, or its heartbeat stops."""

import time
from collections.abc import Callable
from pathlib import Path

from workflows.steps.errors import AgentLost, Stopped
from workflows.steps.termination import Termination
from workflows.steps.workspace import Ended, Workspace

FIRST_LOOK, LONGEST_LOOK = 0.02, 0.5
"""Seconds between two looks: short at first, for short agents; a look costs one stat."""

APPEARANCE = 10.0
"""How many times its silence the launcher may take to start: its image may still be pulled."""


class Pulse:
    """The heartbeat file, judged by our own clock: the writer's may differ."""

    def __init__(self, file: Path, silence: float, began: float) -> None:
        self.file = file
        self.silence = silence
        self.changed = began
        self.stamp = 0

    def check(self, now: float) -> None:
        """Raises AgentLost when the file has not changed for too long."""
        stamp = self._stamp()
        if stamp != self.stamp:
            self.stamp, self.changed = stamp, now
        if stamp and now - self.changed > self.silence:
            raise AgentLost(
                f"the agent's launcher went silent for {self.silence:.0f} s: it was killed, perhaps for lack of memory; "
                "the work so far is pushed, the next try goes on from there"
            )
        if now - self.changed > self.silence * APPEARANCE:
            raise AgentLost(
                "the agent's launcher never started: look at the events of the pod and the agent's image"
            )

    def _stamp(self) -> int:
        try:
            return self.file.stat().st_mtime_ns
        except FileNotFoundError:
            return 0


def follow(
    workspace: Workspace,
    termination: Termination,
    save: Callable[[], object],
    *,
    look_at: Callable[[float], None],
    interval: float,
    silence: float,
) -> Ended:
    """Wait for the agent's end, calling `save` at intervals and `look_at` with the time at every look. Raises AgentLost and Stopped."""
    began = time.monotonic()
    pulse = Pulse(workspace.run / "heartbeat", silence, began)
    due, look = began + interval, FIRST_LOOK
    while (ended := Ended.read(workspace.ended)) is None:
        now = time.monotonic()
        pulse.check(now)
        look_at(now)
        if now >= due:
            save()
            due = time.monotonic() + interval
        if termination.wait(look):
            raise Stopped
        look = min(look * 1.1, LONGEST_LOOK)
    return ended
