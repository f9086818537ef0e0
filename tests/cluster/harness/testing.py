"""Runs the tests in shares side by side, each with its cluster: they wait most of their time, so all take little more than one."""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import IO

from harness import folders
from harness.running import given

SHARES = {
    "full": ("-m", "full"),
    "light 1": ("-m", "not full", "--share", "1/2"),
    "light 2": ("-m", "not full", "--share", "2/2"),
}
"""What each process runs, by marks that conftest gives and by files. Each has a cluster of its own."""


def test(arguments: Sequence[str]) -> int:
    """Run pytest with these arguments, once per share; every line that it prints says which. 0 where all passed.

    On a stranger's cluster there is only one, and one process.
    """
    shares = {"given": ()} if given() else SHARES
    runs = {name: _start(name, [*choice, *arguments]) for name, choice in shares.items()}
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
"""pytest's codes for `all passed` and for `none was chosen`, which a choice of tests may well mean for one share."""


def _start(share: str, arguments: Sequence[str]) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "pytest", "-v", "--no-header"]
    place = {"GASTOWN_TEST_PLACE": "2"} if share == "light 2" else {}
    chosen = (
        arguments if any(each.startswith("tests") for each in arguments) else (str(folders.TESTS), *arguments)
    )
    return subprocess.Popen(
        [*command, *chosen],
        cwd=folders.PROJECT,
        env=os.environ | place,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _pass_on(name: str, lines: IO[str] | None) -> None:
    for line in lines or ():
        sys.stdout.write(f"{name:7} | {line}")
        sys.stdout.flush()
