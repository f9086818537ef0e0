"""Reads what an agent prints while it prints: into a log for people, and into what its run is judged by.

Its files are read as they grow and never held: memory stays flat over any amount of output, a line without an end, or binary.
"""

from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from workflows.clean import printable
from workflows.orders import AgentOrders
from workflows.transcript.dialects import DIALECTS, Dialect, Line
from workflows.transcript.report import Reader, Report, last_object, parsed
from workflows.transcript.streams import ERR, OUT, Stream

READABLE = "agent.txt"
"""What its container's log shows."""

CHUNK = 1 << 20
A_LOOK = 16 << 20
"""Bytes that are read of one stream at one look, so that no look takes long."""

LONGEST_OBJECT = 8 << 20
LONGEST_LINE = 16 << 10
"""Bytes of a line that are kept: of one that may be an object, and of one that is text."""

BACKLOG = 64 << 20
"""Bytes of text that may wait to be read; what is older is left out of the readable log."""

MOST_TEXT = 1 << 20
"""Bytes of text that are made readable at one look: it takes a hundred times as long as to read them."""

MOST_RAW = 64 << 20
"""Bytes that are handed on as they came."""

MOST_SHOWN = 64 << 20
"""Characters of the readable log from which on each look shows the ends of its last lines only."""

_SHORT = 1000
_TAIL_LINES = 50
_WHOLE_BYTES = 8 << 20


class Sink(Protocol):
    """Takes raw bytes."""

    def write(self, data: bytes, /) -> object:
        """Write all of them."""

    def flush(self) -> object:
        """Have them seen."""


class Judged(NamedTuple):
    """What a run is judged by: its report, and the last lines that it printed beside it."""

    told: Report
    said: tuple[str, ...]


class Transcript:
    """One agent's, over all its runs in one workspace. `show` takes readable lines, `raw` every byte of both streams.

    `run` is the folder of its streams, or the folder's handle, where an agent could put a link in its place.
    """

    def __init__(
        self, run: Path | int, agent: AgentOrders, *, show: Callable[[str], object], raw: Sink | None = None
    ) -> None:
        self._reads_objects = agent.report.format != "text"
        self._dialect: Dialect | None = DIALECTS.get(agent.stream)
        self._reader = Reader(agent.report)
        self._show, self._raw = show, raw
        longest = LONGEST_OBJECT if self._reads_objects else LONGEST_LINE
        self._out, self._err = Stream(run, OUT, longest), Stream(run, ERR, LONGEST_LINE)
        self._said: deque[str] = deque(maxlen=_TAIL_LINES)
        self._began = (0, 0)
        self._objects = False
        self._text = self._left_out = 0
        self._late: deque[tuple[str, bool]] = deque(maxlen=_TAIL_LINES)
        self._handed_on = self._shown = 0

    def look(self) -> bool:
        """Take what was printed since the last look; true when there is more to take at once."""
        shown: list[str] = []
        self._text = 0
        for stream, take in ((self._out, self._take_out), (self._err, self._take_text)):
            self._leave_out(stream, shown)
            left = A_LOOK
            while left > 0 and (data := stream.read(min(CHUNK, left))):
                left -= len(data)
                self._keep(data)
                for line in stream.lines.feed(data):
                    shown.extend(take(line))
                if len(shown) > CHUNK // 64:
                    self._put(shown)
            shown.extend(self._last_of_flood())
            # What is read again at a run's end is kept.
            stream.forget(stream.at - 2 * _WHOLE_BYTES)
        self._put(shown)
        self._keep(b"")
        return bool(self._out.waiting() or self._err.waiting())

    def end_run(self) -> Judged:
        """A run has ended: read to the end, and hand over what it is judged by."""
        before = -1
        while self.look() and before != (before := self._out.at + self._err.at):
            pass
        self._text = 0
        shown = [*self._take_out(self._out.lines.rest()), *self._take_text(self._err.lines.rest())]
        self._put(shown)
        if self._reads_objects:
            self._read_whole()
        return Judged(self._reader.report(), tuple(self._said))

    def begin_run(self) -> None:
        """The next run starts behind what is there."""
        self._reader.begin()
        self._said.clear()
        self._objects = False
        self._began = (self._out.at, self._err.at)

    def report(self) -> Report:
        """What it reported so far."""
        return self._reader.report()

    def _keep(self, data: bytes) -> None:
        """Hand raw bytes on, none to have them shown at once. Nobody who takes them any more is no reason to stop."""
        if self._raw is None:
            return
        self._handed_on += len(data)
        over = self._handed_on > MOST_RAW
        if over:
            data = f"\ngastown: more than {MOST_RAW >> 20} MiB came: the rest is not kept\n".encode()
        try:
            self._raw.write(data) if data else self._raw.flush()
        except OSError:
            over = True
        if over:
            self._raw = None

    def _leave_out(self, stream: Stream, shown: list[str]) -> None:
        waiting = stream.waiting()
        if waiting > BACKLOG and not (self._reads_objects and stream is self._out) and not self._raw:
            stream.at += waiting - CHUNK
            stream.lines.rest()
            shown.append(f"gastown: {waiting - CHUNK} bytes of output are left out here")

    def _take_out(self, line: str) -> Iterator[str]:
        told = parsed(line) if self._reads_objects and line.lstrip().startswith("{") else None
        if not isinstance(told, dict):
            yield from self._take_text(line, report=True)
            return
        self._objects = True
        self._reader.take(told)
        if self._dialect is None:
            yield printable(line)
            return
        for each in self._rendered(told):
            if each.wrong:
                self._said.append(each.text)
            yield each.text

    def _rendered(self, told: dict[str, Any]) -> tuple[Line, ...]:
        return self._dialect(told) if self._dialect else ()

    def _take_text(self, line: str, *, report: bool = False) -> Iterator[str]:
        self._text += len(line)
        if self._text > MOST_TEXT:
            self._left_out += 1
            self._late.append((line, report))
            return
        yield from self._readable(line, report=report)

    def _last_of_flood(self) -> Iterator[str]:
        """The last lines of those that were too many for this look."""
        left_out = self._left_out - len(self._late)
        if left_out:
            yield f"gastown: {left_out} lines of output are left out here"
        for line, report in self._late:
            yield from self._readable(line, report=report)
        self._late.clear()
        self._left_out = 0

    def _readable(self, line: str, *, report: bool) -> Iterator[str]:
        text = printable(line[:LONGEST_LINE])
        if not text.strip():
            return
        self._said.append(text)
        if report:
            self._reader.say(text)
        yield text

    def _put(self, shown: list[str]) -> None:
        if not shown:
            return
        left_out = len(shown) - _TAIL_LINES
        if self._shown > MOST_SHOWN:
            shown[:] = [line[-_SHORT:] for line in shown[-_TAIL_LINES:]]
            if left_out > 0:
                shown.insert(0, f"gastown: {left_out} lines of output are left out here")
        text = "".join(f"{line}\n" for line in shown)
        self._shown += len(text)
        self._show(text)
        shown.clear()

    def _read_whole(self) -> None:
        """An object that was printed over several lines, on either stream; on stderr it tells a failure at most."""
        if not self._objects:
            told = last_object(self._since(self._out, self._began[0]))
            if told is not None:
                self._objects = True
                self._reader.take(told)
        if not self._objects:
            told = last_object(self._since(self._err, self._began[1]))
            if told is not None:
                self._reader.take(told)

    def _since(self, stream: Stream, began: int) -> str:
        again = stream.again(max(began, stream.at - _WHOLE_BYTES))
        parts = []
        while data := again.read(CHUNK):
            parts.append(data)
        return b"".join(parts).decode("utf-8", "replace")
