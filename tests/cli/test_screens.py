"""What people see of a town with a failed convoy and one under way, kept as text to be looked at: on 80 columns, on 60, and in a pipe.

`REGENERATE=1 .venv/bin/pytest tests/cli/test_screens.py` writes the files of tests/cli/screens anew.
"""

import contextlib
import datetime
import fcntl
import io
import os
import pty
import re
import struct
import sys
import termios
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crds import Convoy, Rig
from kubectl_gt.main import run
from workflows.clock import utc_now
from workflows.local.engine.engine import Engine
from workflows.local.engine.interface import PodEnd
from workflows.local.engine.nodes import Tree
from workflows.local.home import Home
from workflows.local.processes import daemon
from workflows.local.processes.semaphores import FileLocks
from workflows.local.town import LocalTown

ESCAPES = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")
SCREENS = Path(__file__).parent / "screens"
VERBS = {
    "status": ["status"],
    "top": ["top"],
    "convoy-list": ["convoy", "list"],
    "polecat-list": ["polecat", "list"],
    "convoy-status": ["convoy", "status", "nightly"],
}
BEGAN = datetime.timedelta(hours=3, minutes=5, seconds=5)
"""Before now: ages of what runs are told in hours, whatever a slow machine takes to draw them."""

BEADS = {
    "nightly": [
        {"id": "app-1", "title": "Lay the ground"},
        {"id": "app-2", "title": "Answer each request with the version that it was made for, old ones too"},
        {"id": "app-3", "title": "Pick a colour"},
        {"id": "app-4", "title": "Count the stock"},
        {"id": "app-5", "title": "Report the stock", "dependsOn": ["app-4"]},
    ],
    "passkeys": [
        {"id": "app-11", "title": "Store a passkey"},
        {"id": "app-12", "title": "Log in with a passkey", "dependsOn": ["app-11"]},
        {"id": "app-13", "title": "Forget a passkey", "dependsOn": ["app-12"]},
    ],
}
WORK = {"branch": "polecat/{bead}", "sha": "a" * 40, "commits": "2", "cost": "0.31", "tokens": "48210"}
FAILS = {
    "app-2-merge": PodEnd(
        code=31,
        message="main: Error (exit code 31): app-2 does not pass: gate test ended with code 2; the log of container gates has all of it;"
        " its end: FAILED tests/api/test_versions.py::test_old_ones - AssertionError: 406 == 200",
    ),
    "app-3-work": PodEnd(
        code=11, message="main: Error (exit code 11): Which blue: the logo's or the one of the style guide?"
    ),
    "app-4-work": PodEnd(
        code=10, message="main: Error (exit code 10): the agent changed nothing: the stock is counted"
    ),
}


class _Clock:
    """Two seconds pass at each look."""

    def __init__(self):
        self.now = utc_now() - BEGAN

    def __call__(self):
        self.now += datetime.timedelta(seconds=2)
        return self.now


def _convoy(town, name, description, *, rounds):
    beads = {"beads": BEADS[name], "agent": "custom", "agentConfig": {"command": ["true"]}}
    spec = {"description": description, "rigRef": "app", **beads}
    town.convoys.create(Convoy.model_validate({"metadata": {"name": name}, "spec": spec}))
    for workflow in town.store.workflows(name):
        tree = Tree(workflow["metadata"]["name"], (), town.convoys.clock)
        locks = FileLocks(town.home.locks / "screens", lambda *_: 8)
        engine = Engine(workflow, tree, locks=locks, clock=town.convoys.clock)
        for _ in range(rounds):
            for start in engine.advance():
                engine.ended(start.node, _end(start.node))
        engine.advance()
        town.store.put_nodes(tree.workflow, tree.changes())


def _end(node):
    task = node.rpartition(".")[2].partition("(")[0]
    bead, _, step = task.rpartition("-")
    if step == "merge":
        return FAILS.get(task) or PodEnd(
            code=0, outputs={"outcome": "merged", "sha": "c" * 40, "commit": "c" * 40}
        )
    return FAILS.get(task) or PodEnd(code=0, outputs={k: v.format(bead=bead) for k, v in WORK.items()})


class _Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def screen(gastown, monkeypatch):
    """Shows a verb on a terminal of so many columns, None for a pipe: what it prints and what is said beside it, in order."""
    # The day began twelve hours ago, wherever and whenever this runs: what was merged was merged today.
    monkeypatch.setenv("TZ", f"TST{utc_now().hour - 12}")
    time.tzset()
    for name, value in gastown.environ.items():
        monkeypatch.setenv(name, value)
    town = LocalTown(Home(Path(gastown.environ["GASTOWN_HOME"])), clock=_Clock())
    spec = {"gitURL": str(gastown.origin), "beadsPrefix": "app", "baseBranch": "main"}
    town.rigs.create(Rig.model_validate({"metadata": {"name": "app"}, "spec": spec}))
    _convoy(town, "nightly", "Everything that was found before the release of the summer", rounds=4)
    _convoy(town, "passkeys", "Log in with a passkey", rounds=2)
    lock = daemon.hold(town.home, "passkeys")  # as its runner does

    def show(arguments, columns):
        shown = _Terminal() if columns else io.StringIO()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", shown)
            patch.setattr(sys, "stderr", shown)
            patch.setenv("COLUMNS", str(columns or 999))
            run(arguments)
        plain = ESCAPES.sub("", shown.getvalue())
        return re.sub(r"\b3h\d\dm\b", "3h0?m", plain)  # a clock that runs

    yield show
    os.close(lock)
    town.store.close()
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("screen")
def test_what_is_drawn_anew_fits_whatever_columns_says(monkeypatch):
    """A shell that exports COLUMNS of a wider window: each longer line would fold, and the view scroll away."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    monkeypatch.setenv("COLUMNS", "200")
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal, ThreadPoolExecutor() as reader:
        drawn = reader.submit(_whole, ours)
        monkeypatch.setattr(sys, "stdout", terminal)
        assert 1 == run(["convoy", "watch", "nightly"])
        terminal.close()
    rows = [line for line in ESCAPES.sub("", drawn.result()).splitlines() if " app-" in line]
    assert rows
    assert 60 >= max(map(len, rows))


def _whole(descriptor):
    """All that is written to a terminal until it is closed, which Linux tells by EIO."""
    said = b""
    with contextlib.suppress(OSError):
        while part := os.read(descriptor, 4096):
            said += part
    os.close(descriptor)
    return said.decode()


def test_the_screens_are_as_they_were_looked_at(screen):
    """Of lists, each thing takes one line; nothing that a pipe gets is cut, padded or coloured."""
    for name, arguments in VERBS.items():
        shown = {
            where: screen(arguments, columns)
            for where, columns in (("80 columns", 80), ("60 columns", 60), ("a pipe", None))
        }
        text = "".join(f"==== {where}\n{words.rstrip()}\n" for where, words in shown.items())
        file = SCREENS / f"{name}.txt"
        if os.environ.get("REGENERATE"):
            SCREENS.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert file.read_text(encoding="utf-8") == text, name
        if name in ("top", "convoy-list", "polecat-list"):
            for width in (80, 60):
                assert max(map(len, shown[f"{width} columns"].splitlines())) <= width, name
        assert all(line == line.rstrip() for line in shown["a pipe"].splitlines()), name
