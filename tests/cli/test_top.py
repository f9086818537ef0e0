"""The board of `top`: what stands on it, what keys do, and how it looks on a terminal of 80 and 60 columns and in a pipe."""

import datetime
import sys

import pytest
from ondisk.terminal import Terminal

from crds import Convoy, Polecat
from kubectl_gt.top.board import LATELY, board
from kubectl_gt.top.drawing import picture
from kubectl_gt.top.keys import HELP, Do, State, press, settle
from workflows.labels import CONVOY

NOW = datetime.datetime(2026, 1, 2, 12, 0, tzinfo=datetime.UTC)
ENDED = {"phase": "Complete", "startedAt": "2026-01-02T01:00:00Z"}


def _convoy(name, **status):
    spec = {"description": "d", "rigRef": "app", "trackedBeads": ["app-1", "app-2", "app-3"]}
    told = {"phase": "InProgress", "startedAt": "2026-01-02T11:58:00Z"} | status
    return Convoy.model_validate({"metadata": {"name": name}, "spec": spec, "status": told})


def _polecat(bead, phase, convoy="night", **status):
    return Polecat.model_validate(
        {
            "metadata": {"name": f"nux-{bead}", "labels": {CONVOY: convoy} if convoy else {}},
            "spec": {"rig": "app", "desiredState": "Working", "beadID": bead},
            "status": {"phase": phase, "startedAt": "2026-01-02T11:59:00Z"} | status,
        }
    )


@pytest.fixture
def entries():
    """A convoy under way with three beads, and one that ended an hour ago."""
    convoys = [
        _convoy("done", **ENDED, completedAt="2026-01-02T11:00:00Z"),
        _convoy("night", failedBeads=["app-3"]),
    ]
    polecats = [
        _polecat("app-1", "Idle"),
        _polecat("app-2", "Working", summary="at work on something that takes many words to tell"),
        _polecat("app-3", "Stuck", reason="GateFailed"),
    ]
    return board(convoys, polecats, NOW)


def test_what_needs_somebody_stands_first(entries):
    """What is under way before what ended; failures before work; what waits is only counted."""
    assert [each.key for each in entries] == [
        "convoy/night",
        "convoy/night/app-3",
        "convoy/night/app-2",
        "convoy/done",
    ]


def test_what_ended_long_ago_is_gone_and_a_lone_polecat_stands_by_itself():
    """A night is not long ago."""
    old = (NOW - LATELY).isoformat()
    seen = board([_convoy("old", **ENDED, completedAt=old)], [_polecat("app-7", "Working", convoy="")], NOW)
    assert ["polecat/nux-app-7"] == [each.key for each in seen]


@pytest.mark.parametrize(
    ("at", "key", "wanted", "says"),
    [
        (1, "enter", Do.LOG, HELP),
        (1, "d", Do.DIFF, HELP),
        (0, "enter", Do.NOTHING, "choose a bead below the convoy with j"),
        (0, "s", Do.NOTHING, "press s again to stop convoy night"),
        (1, "s", Do.NOTHING, "press s again to stop convoy night"),
        (3, "s", Do.NOTHING, "convoy done has ended: Complete"),
        (0, "r", Do.RESUME, HELP),
        (0, "x", Do.NOTHING, HELP),
        (2, "q", Do.QUIT, HELP),
    ],
)
def test_a_key_asks_for_one_thing(entries, at, key, wanted, says):
    """Of the chosen line; what can't be done is said."""
    state, asked = press(settle(State(index=at), entries), entries, key)
    assert (wanted, says) == (asked, state.says)


def test_a_stop_takes_two_presses_in_a_row(entries):
    """Any other key takes the first one back."""
    once, _ = press(State(), entries, "s")
    assert Do.STOP is press(once, entries, "s")[1]
    moved, _ = press(once, entries, "j")
    assert Do.NOTHING is press(moved, entries, "s")[1]


def test_the_choice_stays_with_its_bead_when_lines_move(entries):
    """And moves to what took its place when it is gone; the ends of the board hold it."""
    state, _ = press(State(), entries, "j")
    assert "convoy/night/app-3" == state.key
    assert 0 == settle(state, entries[1:]).index
    assert "convoy/night/app-2" == settle(state, (entries[0], *entries[2:])).key
    assert State(says=HELP) == settle(state, ())
    assert 0 == press(settle(State(), entries), entries, "k")[0].index
    assert 3 == press(settle(State(index=3), entries), entries, "down")[0].index
    assert Do.NOTHING is press(State(), (), "enter")[1]


@pytest.mark.parametrize(("width", "height"), [(80, 24), (60, 24), (60, 4)])
def test_every_line_fits_and_the_chosen_one_is_there(entries, width, height):
    """One row a thing, whatever the terminal."""
    state = settle(State(index=2), entries)
    lines = [line.plain for line in picture(entries, state, NOW, width=width, height=height)]
    assert max(map(len, lines)) <= width
    assert len(lines) <= height
    assert any("app-2" in line for line in lines)
    assert HELP == lines[-1]


def test_a_pipe_gets_the_board_once(look):
    """Plain, whole, without blanks at the ends of lines."""
    done = look("top")
    assert 0 == done.code
    lines = done.out.splitlines()
    assert lines[0].startswith("Gas Town")
    assert any("✓ build  Complete  2/2 (100%)" in line for line in lines)
    assert any("app-4" in line and "which colour?" in line for line in lines)
    assert lines == [line.rstrip() for line in lines]
    assert "\x1b" not in done.out


@pytest.mark.parametrize("columns", [80, 60])
def test_a_terminal_shows_it_live_and_takes_keys(worked, tmp_path, columns):
    """The log and the diff of a bead in a pager, the board again behind them, and the shell's own screen after q."""
    environ = worked.environ | {"PAGER": "less"}
    del environ["COLUMNS"]  # the terminal's own
    terminal = Terminal(tmp_path, columns, environ, sys.executable, "-P", "-m", "kubectl_gt", "top")
    try:
        screen = terminal.until("j/k move")
        assert "build  Complete  2/2" in screen
        assert "app-4" in screen
        # Which of two convoys of one second is the newer one cannot be told.
        rows = [line.split() for line in screen.splitlines() if line.strip()[:1] in ("✓", "✗")]
        terminal.press(*["j"] * next(place for place, row in enumerate(rows) if row[1] == "app-4"), "Enter")
        terminal.until("works on app-4")
        terminal.press("q")
        terminal.until("j/k move")
        terminal.press("q")
        assert "Gas Town" not in terminal.until("ended 0")
    finally:
        terminal.end()
