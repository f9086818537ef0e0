import datetime
import io
import re
import sys

import pytest
from rich.console import Console

from kubectl_gt.show import table
from kubectl_gt.show.output import print_facts
from kubectl_gt.show.snapshot import Outcome, Row, Snapshot
from workflows.observe import Stage

NOW = datetime.datetime(2026, 1, 1, 12, 0, tzinfo=datetime.UTC)


def _row(number, stage):
    return Row(
        bead=f"app-{number}",
        title="A title that says a lot about what is to be done here",
        stage=stage,
        polecat=f"furiosa-app-{number}",
        says="is tried again after: the agent ended with code 1 and a long explanation of why that was so",
        cost=0.25,
        started=NOW - datetime.timedelta(seconds=75),
        finished=None,
    )


def _drawn(stages, width, height):
    snapshot = Snapshot(
        kind="convoy",
        name="nightly",
        phase="InProgress",
        outcome=Outcome.OPEN,
        rows=tuple(_row(number, stage) for number, stage in enumerate(stages)),
        cost=1.5,
        started=NOW - datetime.timedelta(seconds=75),
        finished=None,
    )
    screen = Console(width=width, force_terminal=False, color_system=None)
    with screen.capture() as capture:
        screen.print(table.picture(snapshot, NOW, width=width, height=height))
    return capture.get().splitlines()


@pytest.mark.parametrize("width", [72, 100, 200])
def test_a_narrow_terminal_costs_words_not_names(width):
    """State and bead are what one looks for; the polecat's name goes first, then the sentence gives way."""
    lines = _drawn([Stage.WORKING, Stage.DONE], width, 20)
    assert 3 == len(lines)
    assert all(len(line) <= width for line in lines)
    assert lines[1].startswith("▶  app-0  furiosa-app-0  A title" if width == 200 else "▶  app-0  A title")
    assert lines[1].rstrip().endswith("1m15s $0.25")


def test_a_long_convoy_shows_what_matters_first():
    """More beads than lines: failures and work before what waits and what is done."""
    stages = [Stage.DONE] * 60 + [Stage.WAITING] * 30 + [Stage.WORKING, Stage.FAILED]
    lines = _drawn(stages, 100, 24)
    assert 24 > len(lines)
    assert any(line.startswith("✗  app-91") for line in lines)
    assert any(line.startswith("▶  app-90") for line in lines)
    assert "… and 72 more" == lines[-1].strip()
    assert (
        "convoy nightly  InProgress  60/92 (65%)  1m15s  $1.50  1 at work · 30 queued · 1 failed" in lines[0]
    )


def test_the_time_that_is_left_is_told_once_it_can_be_known():
    """At the pace so far, and not before a tenth has ended."""
    assert "about 1m15s left" in _drawn([Stage.DONE] * 10 + [Stage.WAITING] * 10, 120, 24)[0]
    assert "left" not in _drawn([Stage.DONE] + [Stage.WAITING] * 19, 120, 24)[0]


class _Terminal(io.StringIO):
    """Text that takes itself for a terminal."""

    def isatty(self):
        return True


def test_a_long_value_breaks_between_words_and_an_address_not_at_all(monkeypatch):
    """Below its beginning, so that names stay readable; what has no blanks can be copied whole."""
    screen = _Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "60")
    address = f"ssh://git@git.example.org/{'deep/' * 12}app.git"
    print_facts([("Summary", "the gate said no " * 6), ("Git URL", address), ("Reason", "")])
    lines = re.sub(r"\x1b\[[\d;]*m", "", screen.getvalue()).splitlines()
    assert lines[0].startswith("Summary:   the gate said no")
    assert all(
        line.startswith(" " * 11 + "the") or line[11:].split()[0] in "the gate said no"
        for line in lines[1:-1]
    )
    assert max(map(len, lines[:-1])) <= 60
    assert f"Git URL:   {address}" == lines[-1]


def test_a_pipe_gets_a_value_in_one_line_without_padding(capsys):
    """`grep` finds it, and no line ends in blanks."""
    print_facts([("Summary", "the gate said no " * 9 + "again"), ("Pod", "x")])
    assert [
        "Summary:   " + "the gate said no " * 9 + "again",
        "Pod:       x",
    ] == capsys.readouterr().out.splitlines()
