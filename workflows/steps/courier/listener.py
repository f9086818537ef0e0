"""Sits beside an agent's launcher: makes its log readable while it works, judges each of its runs, and says what comes next.

The launcher is sh, for any image; reading JSON, words and times is done here, in a container of ours.
"""

import contextlib
import datetime
from collections.abc import Callable

from workflows.clean import clip, plain
from workflows.orders import AgentOrders
from workflows.steps.courier.models import Models, Next
from workflows.steps.speech import say
from workflows.steps.wall.door import Folder
from workflows.transcript.follow import READABLE, Sink, Transcript
from workflows.transcript.outcome import End, Outcome, outcome
from workflows.transcript.report import Report

OVER, VERDICT = "over", "verdict"
_WORDS = 65536

Clock = Callable[[], datetime.datetime]
"""The time with its zone."""


class Listener:
    """One agent's."""

    def __init__(self, run: Folder, agent: AgentOrders, *, clock: Clock, raw: Sink | None = None) -> None:
        self._run = run
        self._agent = agent
        self._clock = clock
        self._shows = not run.has("ended")
        self._transcript = Transcript(run.handle, agent, show=self._show, raw=raw)
        self._judged = 0
        self._models = Models(tuple(each.model for each in agent.choices), agent.park)

    def look(self) -> None:
        """Read what is new, and answer the launcher where it asks."""
        self._transcript.look()
        over = self._asked()
        if over and over[0] > self._judged:
            self._judged = over[0]
            self._answer(over[0], over[1])

    def report(self) -> Report:
        """What the agent said of its own work; read now where it had ended before anybody looked."""
        if not self._judged:
            self._transcript.end_run()
        return self._transcript.report()

    def _answer(self, run: int, code: int) -> None:
        judged = self._transcript.end_run()
        now = self._clock()
        found = outcome(self._end(code), judged.told, judged.said, self._agent, now)
        then = self._models.after(found, now)
        message = self._message(found, then, now)
        if then:
            self._show(f"gastown: {message}\n")
            self._transcript.begin_run()
        self._tell(run, found, then, message)

    def _message(self, found: Outcome, then: Next | None, now: datetime.datetime) -> str:
        if then and then.seconds:
            until = (now + datetime.timedelta(seconds=then.seconds)).astimezone(datetime.UTC)
            return f"{self._agent.name} is rate limited, parked for {then.seconds} s, until {until:%H:%M:%S} UTC: {found.message}"
        if then:
            return f"{self._agent.name} goes on with the model {self._models.name}: {found.message}"
        if found.lifts and found.lifts > now:
            lifts = found.lifts.astimezone(datetime.UTC)
            return f"{found.message} (it passes at {lifts:%Y-%m-%d %H:%M} UTC, and parkSeconds leaves {self._models.left} s to wait)"
        return found.message

    def _end(self, code: int) -> End:
        return End(code, timed_out=self._timed_out(), escalation=self._read("escalate"))

    def _timed_out(self) -> str:
        if not self._run.has("timedout"):
            return ""
        idle = plain(self._read("idle"))
        return idle or f"{self._agent.name} was stopped after its {self._agent.timeout} seconds"

    def _tell(self, run: int, found: Outcome, then: Next | None, message: str) -> None:
        lines = {
            "run": run,
            "do": "park" if then else "end",
            "seconds": then.seconds if then else 0,
            "other": f".{then.model}" if then and then.model else "",
            "reason": found.reason.word,
            "message": clip(plain(message), 800),
        }
        try:
            text = "".join(f"{key}={value}\n" for key, value in lines.items())
            self._run.write(VERDICT, text.encode("utf-8", "replace"))
        except OSError as error:
            # Taking its question away needs no space: it gives up waiting, and the work is pushed.
            say(f"the launcher could not be answered: {error}")
            with contextlib.suppress(OSError):
                self._run.remove(OVER)

    def _asked(self) -> tuple[int, int] | None:
        """The number of the run that is over, and its exit code."""
        fields = dict(line.partition("=")[::2] for line in self._read(OVER).splitlines())
        try:
            return int(fields["run"]), int(fields["code"])
        except (KeyError, ValueError):
            return None

    def _read(self, name: str) -> str:
        """A small file of the agent's side."""
        try:
            return self._run.read(name, _WORDS).decode("utf-8", "replace")
        except OSError:
            return ""

    def _show(self, text: str) -> None:
        if self._shows:
            with contextlib.suppress(OSError):
                self._run.append(READABLE, text.encode("utf-8", "replace"))
