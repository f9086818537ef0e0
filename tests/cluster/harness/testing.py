"""Runs the tests of both clusters side by side: each waits most of its time, so the two together take little more than one."""

import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import IO

from harness import folders
from harness.running import given

SHARES = {"full": "full", "light": "not full"}
"""What each process runs, as an expression over the marks that conftest gives."""


def test(arguments: Sequence[str]) -> int:
    """Run pytest with these arguments, once per cluster; every line that it prints says which. 0 where all passed.

    On a stranger's cluster there is only one, and one process.
    """
    shares = {"given": ""} if given() else SHARES
    runs = {name: _start(marks, arguments) for name, marks in shares.items()}
    readers = [threading.Thread(target=_pass_on, args=(name, run.stdout)) for name, run in runs.items()]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    codes = {name: run.wait() for name, run in runs.items()}
    failed = [f"{name} ({code})" for name, code in codes.items() if code not in _WELL]
    sys.stdout.write(f"failed: {', '.join(failed)}\n" if failed else "all passed\n")
    return 1 if failed else 0


_WELL = (0, 5)
"""pytest's codes for `all passed` and for `none was chosen`, which a choice of tests may well mean for one cluster."""


def _start(marks: str, arguments: Sequence[str]) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "pytest", "-v", "--no-header", str(folders.TESTS), "-m", marks]
    return subprocess.Popen(
        [*command, *arguments],
        cwd=folders.PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _pass_on(name: str, lines: IO[str] | None) -> None:
    for line in lines or ():
        sys.stdout.write(f"{name:5} | {line}")
        sys.stdout.flush()
