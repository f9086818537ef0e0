"""The agent's launcher, as seen from outside: whether it lives, and how it says that the agent ended."""

from workflows.steps.wall.door import Folder
from workflows.steps.wall.sighting import Ended

APPEARANCE = 10.0
"""How many times its silence the launcher may take to start: its image may still be pulled."""

_SMALL = 64 << 10


class Pulse:
    """The heartbeat file, judged by our own clock: the writer's may differ."""

    def __init__(self, run: Folder, silence: float, began: float) -> None:
        self._run = run
        self._silence = silence
        self._changed = began
        self._stamp = 0

    def lost(self, now: float) -> str:
        """Why the launcher is given up, when its heartbeat has not changed for too long."""
        stamp = self._read()
        if stamp != self._stamp:
            self._stamp, self._changed = stamp, now
        if stamp and now - self._changed > self._silence:
            return (
                f"the agent's launcher went silent for {self._silence:.0f} s: it was killed, perhaps for lack of memory; "
                "the work so far is pushed, the next try goes on from there"
            )
        if now - self._changed > self._silence * APPEARANCE:
            return "the agent's launcher never started: look at the events of the pod and the agent's image"
        return ""

    def _read(self) -> int:
        try:
            return self._run.stat("heartbeat").st_mtime_ns
        except OSError:
            return 0


def ended(run: Folder, now: float) -> Ended | None:
    """The launcher's record, or None while the agent still runs. `now` in seconds since 1970: nothing ended after it."""
    try:
        with run.opened("ended") as (stream, told):
            text = stream.read(_SMALL).decode("utf-8", "replace")
    except OSError:
        return None
    fields = dict(line.partition("=")[::2] for line in text.splitlines())
    code = fields.get("code", "1")
    return Ended(
        code=int(code) if code.isascii() and code.isdigit() and len(code) <= 3 else 1,
        reason=fields.get("reason", ""),
        message=" ".join(fields.get("message", "").split())[:1024],
        at=max(0, min(int(told.st_mtime), int(now))),
    )
