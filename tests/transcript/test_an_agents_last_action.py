"""What an agent is at, in one line from the end of its readable log."""

import pytest

from workflows.transcript.action import LONGEST, last_action


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param([], "", id="nothing yet"),
        pytest.param(["model opus", "", " \n"], "model opus", id="words alone"),
        pytest.param(["I see.", "$ make test", "All is green.", "Now."], "$ make test", id="a command"),
        pytest.param(["$ ls", "[Edit] src/a.py", "  ! Exit code 1"], "[Edit] src/a.py", id="a file"),
        pytest.param(["[mcp__web.fetch] https://x.test"], "[mcp__web.fetch] https://x.test", id="a tool"),
        pytest.param(["$5 are spent", "[1] a list"], "[1] a list", id="no action, though like one"),
        pytest.param(
            ["$ make", "gastown: claude is rate limited, parked for 60 s"],
            "claude is rate limited, parked for 60 s",
            id="parked",
        ),
        pytest.param(["$ \x1b[31mrm\x1b[0m\x07 x"], "$ rm x", id="no control characters"),
    ],
)
def test_it_is_the_last_thing_done(lines, expected):
    """Words only where nothing was done."""
    assert expected == last_action(lines)


def test_a_long_one_is_cut():
    """A status holds it whatever the agent writes."""
    assert len(last_action(["$ " + "ü" * 4000]).encode()) <= LONGEST
