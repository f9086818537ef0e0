"""The launcher records how the agent ended, as one of the reasons of the one table, in any POSIX shell."""

import re

import pytest

from workflows.exits import Reason
from workflows.steps.clone.handover import LAUNCHER

PATTERNS = {
    "auth_patterns": ("[Ii]nvalid API key",),
    "rate_patterns": ("usage limit reached", "HTTP 429"),
    "budget_patterns": ("credit balance is too low",),
    "park": 0,
}


def launched(town, script, shell=("sh",), **agent):
    """Clone, run the launcher, and take its record."""
    town.orders(agent={"command": ("sh", "-c", script), **PATTERNS, **agent})
    town.hand_over()
    return town.launch(shell=shell)


@pytest.mark.parametrize(
    ("script", "reason", "message"),
    [
        pytest.param("exit 0", "Completed", "", id="completed"),
        pytest.param("echo boom >&2; exit 3", "Failed", "fake ended with code 3: boom", id="failed"),
        pytest.param("kill -KILL $$", "Failed", "fake ended with code 137", id="killed"),
        pytest.param("echo Invalid API key; exit 1", "AuthFailed", "Invalid API key", id="auth"),
        pytest.param("echo HTTP 429 >&2; exit 1", "RateLimited", "HTTP 429", id="rate"),
        pytest.param("echo Your credit balance is too low; exit 1", "BudgetExceeded", "too low", id="budget"),
        pytest.param("echo HTTP 429; exit 0", "Completed", "", id="a limit it only talks about"),
        pytest.param("echo HTTP 429; yes | head -n 60; exit 1", "Failed", "code 1: y", id="a limit long ago"),
        pytest.param(
            'echo "Need a key\nnow" > "$GASTOWN_ESCALATE"', "Escalated", "Need a key now", id="escalated"
        ),
        pytest.param("exit 10", "NoChanges", "", id="own code 10"),
        pytest.param("exit 11", "Escalated", "", id="own code 11"),
        pytest.param("exit 20", "AuthFailed", "", id="own code 20"),
        pytest.param("exit 21", "RateLimited", "", id="own code 21"),
        pytest.param("exit 22", "BudgetExceeded", "", id="own code 22"),
        pytest.param("exit 23", "TimedOut", "", id="own code 23"),
        pytest.param("exit 30", "Failed", "code 30", id="a merge's code is no agent's"),
    ],
)
def test_each_end_has_its_reason(town, shell, script, reason, message):
    """Exit codes, patterns at the end of the output and the escalate file are all there is to go by."""
    ended = launched(town, script, shell)
    assert ended["reason"] == reason
    assert message in ended["message"]


def test_every_reason_it_tells_is_known():
    """The shell's words are the table's words."""
    told = set(re.findall(r"reason=([A-Z]\w+)", LAUNCHER.read_text()))
    assert told
    assert told <= {reason.word for reason in Reason}


def test_a_missing_command_is_named(town, shell):
    """The commonest mistake of all gets a whole sentence."""
    town.orders(agent={"command": ("no-such-agent", "--print", "{prompt}")})
    town.step("clone")
    ended = town.launch(shell=shell)
    assert (ended["code"], ended["reason"]) == ("24", "AgentMissing")
    assert "the command 'no-such-agent' of agent fake is not found" in ended["message"]
    assert town.step("publish").code == Reason.AGENT_MISSING.value
    assert "no-such-agent" in town.last_words()


def test_output_is_kept_and_shown(town, shell):
    """Both streams are kept as they came; the container's log has both, for people."""
    town.orders(agent={"command": ("sh", "-c", "echo out; printf 'e\\033[2Jrr\\n' >&2")})
    town.hand_over()
    town.launch(shell=shell)
    run = town.workspace() / "run"
    assert ["out", "err"] == sorted(town.shown.split(), reverse=True)
    assert ["out\n", "e\033[2Jrr\n"] == [(run / name).read_text() for name in ("agent.out", "agent.err")]


def test_nobody_who_listens_is_told(town):
    """A launcher that is not answered ends by itself, with where to look."""
    town.script("echo fine")
    town.hand_over()
    launch = town.workspace() / "run" / "launch"
    launch.write_text(launch.read_text().replace("JUDGED=60", "JUDGED=0"))
    ended = town.launch(listening=False)
    assert ("Failed", True) == (ended["reason"], "nobody read what it printed" in ended["message"])


def test_the_agent_does_not_see_where_credentials_are(town):
    """What only the other containers need is not in the agent's environment."""
    town.orders(agent={"command": ("sh", "-c", "env > env.txt"), "environment": {"COLOUR": "it's red"}})
    town.hand_over()
    town.launch(GASTOWN_GIT_CREDENTIALS="/git-creds", GASTOWN_CACHE="/cache")
    seen = (town.workspace() / "repo" / "env.txt").read_text().splitlines()
    assert "COLOUR=it's red" in seen
    assert not [
        line
        for line in seen
        if line.startswith(("GASTOWN_GIT_CREDENTIALS", "GASTOWN_CACHE", "GASTOWN_TASKS"))
    ]


def test_a_home_that_cannot_be_written_is_replaced(town):
    """Agents keep state in HOME; in a locked image that is the workspace's."""
    town.orders(agent={"command": ("sh", "-c", 'echo "$HOME" > home.txt')})
    town.hand_over()
    town.launch(HOME="/nonexistent")
    assert (town.workspace() / "repo" / "home.txt").read_text() == f"{town.workspace()}/home\n"


def test_an_agent_that_ended_well_is_not_run_again(town):
    """A repeated pod does not pay twice: the record of a completed agent stands."""
    town.script('echo ran >> "$GASTOWN_ESCALATE.count"')
    town.hand_over()
    town.launch()
    town.hand_over()
    town.launch()
    assert (town.workspace() / "run" / "escalate.count").read_text() == "ran\n"
