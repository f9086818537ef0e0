"""Each agent that can be given LiteLLM lands a bead through the real proxy, whichever API that asks for the model."""

import pytest
from trial.gateway import NAMES, REFUSED
from trial.install import AGENTS
from trial.run import KEY
from trial.sling import Town

from workflows.agents import presets

THROUGH = tuple(agent for agent in AGENTS if not presets()[agent].providers["litellm"].refused)
PAIRS = [
    pytest.param(agent, api, id=f"{agent} over {api}")
    for agent in THROUGH
    for api in (("google",) if agent == "gemini" else ("anthropic", "openai"))
]
"""Gemini CLI takes Google's names of models only."""


def test_the_table_lists_each_of_them():
    """An agent that ships can be given a gateway."""
    assert AGENTS == THROUGH


@pytest.mark.parametrize(("agent", "api"), PAIRS)
def test_a_bead_is_slung_and_merged(programs, gateway, private, agent, api):
    """Through the command line, from one bead to a commit on main; the model's own key is the gateway's alone."""
    town = Town(private, programs.of(agent))

    town.sling(agent, "success", provider="litellm", model=NAMES[api], modelProvider={"endpoint": gateway})

    assert "hello.txt\n" == town.git("ls-tree", "-r", "--name-only", "main")
    assert "hello\n" == town.git("show", "main:hello.txt")
    assert "hello.txt" in town.log()


PATIENT = {"maxIdleSeconds": 200, "timeoutSeconds": 300}
UNKNOWN = {"anthropic": "claude-9", "openai": "claude-9", "google": "gemini-9"}

REFUSALS = {
    "a key that the gateway does not know": ("success", NAMES, "sk-wrong-0000", "AuthFailed"),
    "a key that the vendor refuses": ("auth401", REFUSED, KEY, "AuthFailed"),
    "a model that the gateway does not have": ("success", UNKNOWN, KEY, "ModelMissing"),
}
"""What the stand-in does, the names of models, the key that is shown to the gateway, and the reason."""


@pytest.mark.parametrize("case", REFUSALS)
@pytest.mark.parametrize("agent", THROUGH)
def test_the_gateways_refusals_are_told_rightly(start, gateway, agent, case):
    """In the words that LiteLLM has for them where no database is behind it."""
    mode, names, key, expected = REFUSALS[case]
    api = {"gemini": "google", "claude-code": "anthropic"}.get(agent, "openai")
    run = start(agent, mode, key=key, model=names[api], modelProvider={"endpoint": gateway}, **PATIENT)

    ended = run.end()

    assert expected == ended["reason"], (ended, run.shown[-2000:])
