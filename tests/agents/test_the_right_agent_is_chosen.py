"""A rig's set-up is for the rig's own agent."""

from crds import Convoy, Rig
from workflows.agents import chosen

CONFIG = {"command": ["sh", "agent.sh"]}


def _rig():
    spec = {"gitURL": "/srv/app.git", "beadsPrefix": "ap", "agent": "custom", "agentConfig": CONFIG}
    return Rig.model_validate({"metadata": {"name": "app"}, "spec": spec})


def _convoy(**more):
    spec = {"description": "x", "trackedBeads": ["ap-1"], "rigRef": "app"} | more
    return Convoy.model_validate({"metadata": {"name": "cv"}, "spec": spec})


def test_a_convoy_that_names_no_agent_gets_the_rigs_with_its_set_up():
    """That is what a default is for."""
    name, config = chosen(_convoy(), _rig())

    assert "custom" == name
    assert config is not None
    assert ("sh", "agent.sh") == config.command


def test_another_agent_does_not_run_the_rigs_command():
    """Else a script would run under the name of Claude Code."""
    assert ("claude-code", None) == chosen(_convoy(agent="claude-code"), _rig())


def test_a_convoys_own_set_up_goes_first():
    """Whichever agent it names."""
    name, config = chosen(_convoy(agent="aider", agentConfig={"model": "m"}), _rig())

    assert "aider" == name
    assert config is not None
    assert "m" == config.model
