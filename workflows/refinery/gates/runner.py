"""Runs the gates on a candidate, in a fresh place, with nothing in the environment that a gate could steal."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple

from workflows.orders import Gate, TrainOrders
from workflows.refinery.gates import descendants
from workflows.refinery.gates.place import Place
from workflows.refinery.gates.printed import Printed
from workflows.refinery.gates.seal import Seal
from workflows.steps.errors import StepError
from workflows.steps.git.command import Git
from workflows.steps.git.submodules import Modules

_GRACE = 10
_TAIL = 2000
_LOOK = 0.02
_NOT_RUN = (126, 127)
_KILLED = (-signal.SIGKILL, -signal.SIGTERM, 128 + signal.SIGKILL, 128 + signal.SIGTERM)


class Red(NamedTuple):
    """Why a candidate does not pass: the gate, how it ended, and the end of what it printed. No gate where it did not come to one.

    `missing` tells that its command could not be started, `killed` that it was ended from outside, perhaps for lack of memory:
    neither says anything about the candidate by itself. `cut` is whether the log has both ends of what it printed, and not all.
    """

    gate: str
    how: str
    tail: str
    missing: bool = False
    killed: bool = False
    cut: bool = False

    @property
    def words(self) -> str:
        """The sentence for people."""
        if not self.gate:
            return self.how
        end = f"; its end: {self.tail[-600:]}" if self.tail else ""
        kept = "both ends" if self.cut else "all"
        return f"gate {self.gate} {self.how}; the log of container gates has {kept} of it{end}"


class Gates:
    """All gates of a train, run in order until one is red. `log` keeps what they printed within bounds, `told` gets the same."""

    def __init__(
        self,
        git: Git,
        train: TrainOrders,
        *,
        store: Path,
        room: Path,
        log: Path,
        told: BinaryIO,
        environ: Mapping[str, str],
        modules: Modules,
    ) -> None:
        self._train = train
        self._place = Place(room / "run", store, git, modules)
        self._log = log
        self._told = told
        self._environ = environ
        self._seal: Seal | None = None
        self._store = store

    def run(self, commit: str, what: str) -> Red | None:
        """None when all pass. Raises GateBroken when what a gate left behind could judge the next candidate."""
        if self._seal is None:
            descendants.adopt()
            self._seal = Seal(self._store)
        else:
            self._seal.renew()
        self._log.parent.mkdir(parents=True, exist_ok=True)
        red = self._attempts(commit, what)
        self._seal.check()
        return red

    def _attempts(self, commit: str, what: str) -> Red | None:
        """None as soon as every gate passed once; a red gate has as many runs as the refinery allows a flaky one."""
        left = _rows(self._train.gates, self._train.parallelism)
        if unlaid := self._lay(commit):
            return unlaid
        for row in left:
            for again in range(self._train.flaky, -1, -1):
                red = self._row(row, commit, what)
                if red is None:
                    break
                if again and (unlaid := self._lay(commit)):
                    return unlaid
            if red:
                return red
        return None

    def _lay(self, commit: str) -> Red | None:
        """A fresh place. Where git can't check the candidate out, or it fills the disk, that is searched for as any other red is."""
        try:
            self._place.lay(commit)
        except (StepError, OSError) as error:
            return Red("", f"its files can't be checked out: {error}", "", killed=True)
        return None

    def _row(self, gates: tuple[Gate, ...], commit: str, what: str) -> Red | None:
        """Gates that run side by side; the first of them that is red counts."""
        headlines = [
            f"--- gate {gate.name} on {what} ({commit[:12]}): {gate.command}\n".encode() for gate in gates
        ]
        self._told.writelines(headlines)
        self._told.flush()
        with contextlib.ExitStack() as open_pipes:
            outputs = [open_pipes.enter_context(Printed()) for _ in gates]
            codes = self._codes(gates, outputs)
            for headline, output in zip(headlines, outputs, strict=True):
                self._tell(headline, output)
            reds = [
                _judged(gate, code, output) for gate, code, output in zip(gates, codes, outputs, strict=True)
            ]
        self._conclude(gates, reds, what)
        return next(filter(None, reds), None)

    def _conclude(self, gates: tuple[Gate, ...], reds: list[Red | None], what: str) -> None:
        """A line for each gate, below all that they printed: who reads the log looks for this first."""
        lines = [
            f"--- gate {gate.name} {f'is red on {what}: it {red.how}' if red else f'passed on {what}'}\n".encode()
            for gate, red in zip(gates, reds, strict=True)
        ]
        with self._opened_log() as log:
            for stream in (self._told, log):
                stream.writelines(lines)
                stream.flush()

    def _codes(self, gates: tuple[Gate, ...], outputs: list[Printed]) -> list[int | None]:
        """The exit codes, None for a gate that took longer than it may; nothing that they started outlives this."""
        started: list[subprocess.Popen[bytes]] = []
        codes: list[int | None] = [None] * len(gates)
        try:
            started = [self._start(gate, output) for gate, output in zip(gates, outputs, strict=True)]
            ends = [time.monotonic() + gate.timeout for gate in gates]
            due = dict(enumerate(started))
            if len(due) == 1:
                _wait(started[0], gates[0].timeout)
            while due:
                for number, process in list(due.items()):
                    codes[number] = process.poll()
                    if codes[number] is not None or time.monotonic() >= ends[number]:
                        _end(due.pop(number))
                if due:
                    time.sleep(_LOOK)
        finally:
            for process in started:
                _end(process)
            descendants.end_all()
        return codes

    def _start(self, gate: Gate, output: Printed) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            ("sh", "-c", gate.command),
            cwd=self._place.tree,
            env=self._place.environment(self._environ),
            stdin=subprocess.DEVNULL,
            stdout=output.writer,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        output.started()
        return process

    def _tell(self, headline: bytes, output: Printed) -> None:
        """Put what a gate printed where people look for it: in the container's log, and in the file."""
        output.ended()
        with self._opened_log() as log:
            log.write(headline)
            output.tell((self._told, log))

    def _opened_log(self) -> BinaryIO:
        # A link that a gate laid there must not be followed.
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.fdopen(os.open(self._log, flags, 0o644), "ab")


def _judged(gate: Gate, code: int | None, output: Printed) -> Red | None:
    if code == 0:
        return None
    tail, cut = output.tail(_TAIL), bool(output.left_out)
    if code is None:
        return Red(gate.name, f"did not end within {gate.timeout} s", tail, cut=cut)
    if code in _KILLED:
        how = f"was killed (code {code}), perhaps for lack of memory: give the refinery more"
        return Red(gate.name, how, tail, killed=True, cut=cut)
    return Red(gate.name, f"ended with code {code}", tail, missing=code in _NOT_RUN, cut=cut)


def _rows(gates: Iterable[Gate], most: int) -> list[tuple[Gate, ...]]:
    """The gates in order; those beside each other that may run at the same time, as one row of so many at most."""
    rows: list[tuple[Gate, ...]] = []
    for gate in gates:
        if gate.parallel and rows and rows[-1][0].parallel and len(rows[-1]) < most:
            rows[-1] = (*rows[-1], gate)
        else:
            rows.append((gate,))
    return rows


def _wait(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a gate's whole session: politely while its leader runs, for good after the grace."""
    if process.poll() is None:
        _signal(process.pid, signal.SIGTERM)
        _wait(process, _GRACE)
    _signal(process.pid, signal.SIGKILL)
    process.wait()


def _signal(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return
