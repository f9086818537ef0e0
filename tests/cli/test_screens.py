"""What people see of a town with a failed convoy and one under way, kept as text to be looked at: under tmux on 80 columns and on 60, and in a pipe.

`REGENERATE=1 .venv/bin/pytest tests/cli/test_screens.py` writes the files of tests/cli/screens anew.
"""

import contextlib
import datetime
import io
import json
import os
import re
import sys
import time
from pathlib import Path

import pytest
from ondisk.terminal import Terminal
from rich.cells import cell_len

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

SCREENS = Path(__file__).parent / "screens"
VERBS = {
    "status": ["status"],
    "top": ["top"],
    "convoy-list": ["convoy", "list"],
    "polecat-list": ["polecat", "list"],
    "convoy-status": ["convoy", "status", "nightly"],
    "convoy-graph": ["convoy", "graph", "nightly"],
    "slip": ["convoy", "create", "Everything that is left before the release of the summer"],
    "convoy-watch": ["convoy", "watch", "nightly"],
    "inbox": ["inbox"],
    "doctor": ["doctor"],
}
LISTS = ("top", "convoy-list", "convoy-graph", "polecat-list")
COLOUR = re.compile(r"\x1b\[(?:\d+;)*[349][0-8](?:;\d+)*m")
LOOP = """\
import json, os, sys
from kubectl_gt.main import run
before = dict(os.environ)
with open(sys.argv[1]) as asked:
    for line in asked:
        number, arguments, more = json.loads(line)
        os.environ.update(more)
        print(f'ended {number} with {run(arguments)}', flush=True)
        os.environ.clear()
        os.environ.update(before)
"""
"""A shell that has Python started: each start is most of what a command costs."""

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


@pytest.fixture(scope="module")
def seen(tmp_path_factory, copied):
    """The place of the town: its folder and its environment."""
    gastown = copied(tmp_path_factory.mktemp("screens"))
    # The day began twelve hours ago, wherever and whenever this runs: what was merged was merged today.
    gastown.environ["TZ"] = f"TST{utc_now().hour - 12}"
    url = "https://git.example.com/shop/app.git"
    gastown.git("config", "--global", f"url.{gastown.origin}.insteadOf", url, cwd=gastown.root)
    town = LocalTown(Home(Path(gastown.environ["GASTOWN_HOME"])), clock=_Clock())
    spec = {
        "gitURL": url,
        "beadsPrefix": "app",
        "baseBranch": "main",
        "agent": "custom",
        "agentConfig": {"command": ["crush", "run"]},
        "forge": {"kind": "gitea", "apiURL": "https://git.example.com", "repository": "shop/app"},
        "forgeTokenSecretRef": {"name": "app-forge", "key": "token"},
        "gates": [{"name": "test", "command": "make test"}],
    }
    with _surroundings(gastown):
        town.rigs.create(Rig.model_validate({"metadata": {"name": "app"}, "spec": spec}))
        _convoy(town, "nightly", "Everything that was found before the release of the summer", rounds=4)
        _convoy(town, "passkeys", "Log in with a passkey", rounds=2)
    lock = daemon.hold(town.home, "passkeys")  # as its runner does
    yield gastown
    os.close(lock)
    town.store.close()


@contextlib.contextmanager
def _surroundings(gastown):
    """The town's environment, and its time."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("GASTOWN", "KUBE", "GIT_", "XDG"))]:
            patch.delenv(name)
        for name, value in gastown.environ.items():
            patch.setenv(name, value)
        time.tzset()
        yield
    time.tzset()


class Screen:
    """A terminal in which one command is run after the other."""

    def __init__(self, gastown, folder, columns):
        self._asked = folder / "asked"
        os.mkfifo(self._asked)
        told = {name: value for name, value in gastown.environ.items() if name != "COLUMNS"}
        self._terminal = Terminal(folder, columns, told, sys.executable, "-P", "-c", LOOP, str(self._asked))
        self._number = 0
        self._line = self._asked.open("w")

    def show(self, arguments, *form, **environ):
        """All that it shows, however often that fills the screen; `form` is tmux's."""
        self._terminal.run("send-keys", "-R")
        self._terminal.run("clear-history")
        self._number += 1
        print(json.dumps([self._number, arguments, environ]), file=self._line, flush=True)
        if arguments == ["top"]:
            self._terminal.until("j/k move")
            shown = self._terminal.screen(*form)
            self._terminal.press("q")
            self._terminal.until(f"ended {self._number} with 0")
        else:
            self._terminal.until(f"ended {self._number} with ")
            shown = self._terminal.screen(*form)
        return "\n".join(
            each.rstrip() for each in shown.partition(f"ended {self._number}")[0].rstrip().split("\n")
        )

    def end(self):
        """Close it."""
        self._line.close()
        self._terminal.end()


@pytest.fixture(scope="module")
def screens(seen, tmp_path_factory):
    """By columns."""
    found = {}
    with contextlib.ExitStack() as opened:
        for columns in (80, 60):
            found[columns] = Screen(seen, tmp_path_factory.mktemp("tmux"), columns)
            opened.callback(found[columns].end)
        yield found


def _piped(gastown, arguments):
    """What a pipe gets, and what is said beside it."""
    shown = io.StringIO()
    with _surroundings(gastown), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", shown)
        patch.setattr(sys, "stderr", shown)
        run(arguments)
    return shown.getvalue()


def _steady(text):
    """Without what another machine, or a clock that runs, has otherwise."""
    text = re.sub(r"git version \S+(?: \(.*\))?", "git version 2", text)
    return re.sub(r"\b3h\d\dm\b", "3h0?m", text)


@pytest.mark.parametrize("name", VERBS)
def test_the_screens_are_as_they_were_looked_at(seen, screens, name):
    """On a terminal nothing is wider than that and no row folds; nothing that a pipe gets is cut, padded or coloured."""
    shown = {f"{columns} columns": each.show(VERBS[name]) for columns, each in screens.items()}
    shown["a pipe"] = _piped(seen, VERBS[name])
    assert "\x1b" not in shown["a pipe"]
    assert [] == [line for line in shown["a pipe"].splitlines() if line != line.rstrip()]
    text = _steady("".join(f"==== {where}\n{words.rstrip()}\n" for where, words in shown.items()))
    file = SCREENS / f"{name}.txt"
    if os.environ.get("REGENERATE"):
        SCREENS.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("columns", [80, 60])
def test_no_row_folds(screens, columns):
    """A terminal says which rows it had to continue: only commands that are there to be copied may be longer than it is."""
    for name, arguments in VERBS.items():
        whole = screens[columns].show(arguments, "-J").splitlines()
        wide = [line for line in whole if cell_len(line.rstrip()) > columns]
        assert [] == [line for line in wide if name in LISTS or not line.lstrip().startswith("`")], name


def test_colour_is_left_out_where_it_is_not_wanted(screens):
    """By NO_COLOR, for each verb; else there is some."""
    assert COLOUR.search(screens[80].show(["status"], "-e"))
    coloured = [
        name for name, each in VERBS.items() if COLOUR.search(screens[80].show(each, "-e", NO_COLOR="1"))
    ]
    assert [] == coloured


def test_what_is_drawn_anew_fits_whatever_columns_says(screens):
    """A shell that exports COLUMNS of a wider window: each longer line would fold, and the view scroll away."""
    shown = screens[60].show(["convoy", "watch", "nightly"], "-J", COLUMNS="200")
    rows = [line for line in shown.splitlines() if " app-" in line[:8]]
    assert rows
    assert 60 >= max(map(len, rows))
