"""Asks git what is ignored, of our copies of the agent's `.gitignore` files: one process for all questions of one look."""

import os
import select
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from workflows.steps.git.command import Git

PATIENCE = 30.0
"""Seconds that git has for the answers of one look: a pattern may take it longer than the world will last."""

_BEAT = 0.5

_FIELDS = 4


class Ignored:
    """Paths are asked for from the root down, once the `.gitignore` files above them are in place."""

    def __init__(self, git: Git, mirror: Path, beat: Callable[[], None]) -> None:
        self._git = git
        self._mirror = mirror
        self._beat = beat
        self._left = PATIENCE
        self._process: subprocess.Popen[bytes] | None = None
        self._rest = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()

    def __call__(self, path: str) -> bool:
        """Whether a path that nobody tracks is ignored. What git cannot tell is not: it would be lost."""
        try:
            pattern = self._ask(os.fsencode(path))
        except OSError:
            return False
        return bool(pattern) and not pattern.startswith(b"!")

    def _ask(self, path: bytes) -> bytes:
        process = self._process = self._process or self._start()
        if process.stdin is None or process.poll() is not None:
            return b""
        # A name may begin with a colon, which git takes for magic.
        process.stdin.write(b"./" + path + b"\0")
        process.stdin.flush()
        fields = self._answer(process)
        return fields[2] if len(fields) > _FIELDS else b""

    def _answer(self, process: subprocess.Popen[bytes]) -> list[bytes]:
        """The four fields of one answer, each ended by NUL."""
        if process.stdout is None:
            return []
        while (fields := self._rest.split(b"\0")) and len(fields) <= _FIELDS:
            data = os.read(process.stdout.fileno(), 1 << 16) if self._comes(process.stdout) else b""
            if not data:
                process.kill()
                return []
            self._rest += data
        self._rest = b"\0".join(fields[_FIELDS:])
        return fields

    def _comes(self, answers: IO[bytes]) -> bool:
        """Wait for more of an answer, and show meanwhile that we live."""
        while self._left > 0:
            began = time.monotonic()
            ready = select.select([answers], [], [], min(_BEAT, self._left))[0]
            self._left -= time.monotonic() - began
            if ready:
                return True
            self._beat()
        return False

    def _start(self) -> subprocess.Popen[bytes]:
        words = ("git", "check-ignore", "--stdin", "-z", "--verbose", "--non-matching", "--no-index")
        return subprocess.Popen(
            words,
            env=self._git.environment,
            cwd=self._mirror,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
