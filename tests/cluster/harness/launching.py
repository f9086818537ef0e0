"""Starts the adapter: as a program, or in a moment, as a fork of a process that has imported all of it once.

Importing takes a second and a half of a processor, and the tests start an adapter a hundred and fifty times.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from harness import folders

_WARM = multiprocessing.get_context("forkserver")
_WARM.set_forkserver_preload(["adapter.main"])


class Running(Protocol):
    """A process of ours, as `subprocess.Popen` shows it."""

    @property
    def pid(self) -> int:
        """Its number."""

    def poll(self) -> int | None:
        """Its exit code, None while it runs; negative where a signal ended it."""

    def send_signal(self, sig: int) -> None:
        """Send it a signal."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended."""


Launch = Callable[[Sequence[str], Path], Running]
"""Starts the adapter with arguments, and a file that its log is added to."""


def program(arguments: Sequence[str], log: Path) -> Running:
    """Start it as its users do."""
    with log.open("ab") as words:
        return subprocess.Popen(
            [sys.executable, "-m", "adapter", *arguments],
            cwd=folders.PROJECT,
            env={**os.environ, "PYTHONPATH": str(folders.PROJECT)},
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
        )


def fork(arguments: Sequence[str], log: Path) -> Running:
    """Start it from the process that is warm."""
    log.touch()
    process = _WARM.Process(target=_become, args=(list(arguments), str(log)), daemon=True)
    process.start()
    return _Fork(process)


class _Fork:
    def __init__(self, process: multiprocessing.process.BaseProcess) -> None:
        self._process = process
        assert process.pid is not None
        self.pid = process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(["adapter"], timeout or 0)
        return code


def _become(arguments: list[str], log: str) -> None:
    """Be an adapter; never returns."""
    from adapter.main import main  # noqa: PLC0415 - there already, and not needed where this is only named

    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number in (1, 2):
        os.dup2(file, number)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the process that is warm ignores it
    main.main(args=arguments)
