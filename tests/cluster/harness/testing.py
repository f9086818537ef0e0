"""Runs the tests in shares side by side, each with its cluster: they wait most of their time, so all take little more than one."""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import IO, NamedTuple

from harness import folders
from harness.given import given


class Share(NamedTuple):
    """What one process runs, by marks that conftest gives and by files, and the place of its cluster."""

    choice: tuple[str, ...] = ()
    place: str = ""


SHARES = {
    "full": Share(("-m", "full")),
    "light 1": Share(("-m", "not full", "--share", "1/2")),
    "light 2": Share(("-m", "not full", "--share", "2/2"), place="2"),
}


def test(arguments: Sequence[str]) -> int:
    """Run pytest with these arguments, once per share; every line that it prints says which. 0 where all passed.

    On a stranger's cluster there is only one, and one process.
    """
    shares = {"given": Share()} if given() else SHARES
    runs = {name: _start(share, arguments) for name, share in shares.items()}
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


def _start(share: Share, arguments: Sequence[str]) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "pytest", "-v", "--no-header"]
    named = any(each.startswith("tests") for each in arguments)
    where = () if named else (str(folders.TESTS),)
    return subprocess.Popen(
        [*command, *share.choice, *where, *arguments],
        cwd=folders.PROJECT,
        env=os.environ | {"GASTOWN_TEST_PLACE": share.place},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _pass_on(name: str, lines: IO[str] | None) -> None:
    for line in lines or ():
        sys.stdout.write(f"{name:7} | {line}")
        sys.stdout.flush()
