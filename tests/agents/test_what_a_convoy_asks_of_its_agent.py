import pytest

from crds import AgentConfig
from workflows.agents import presets, resolve
from workflows.errors import AgentRefused


def _config(**told):
    return AgentConfig.model_validate(told)


def test_model_and_budget_are_arguments():
    """Only when given, also when it is resumed; what the convoy adds comes last."""
    orders = resolve("claude-code", _config(model="opus", args=["--verbose"]), presets(), budget=2.5)

    extra = ("--model", "{model}", "--max-budget-usd", "{budget}", "--verbose")
    assert extra == orders.command[-5:]
    assert extra == orders.resume[-5:]
    assert ("opus", 2.5) == (orders.model, orders.budget)


def test_an_own_command_stands_alone():
    """Arguments of the preset's program would be wrong for it; resuming is running it again."""
    orders = resolve(
        "claude-code", _config(command=["mine"], args=["-x"], model="opus"), presets(), budget=1.0
    )

    assert (("mine", "-x"), ()) == (orders.command, orders.resume)


@pytest.mark.parametrize(
    ("agent", "variable"),
    [
        ("claude-code", "ANTHROPIC_BASE_URL"),
        ("aider", "OPENAI_API_BASE"),
        ("gemini", "GOOGLE_GEMINI_BASE_URL"),
    ],
)
def test_a_gateway_reaches_the_agent_by_its_own_variable(agent, variable):
    """Each program has its own name for it."""
    orders = resolve(agent, _config(modelProvider={"endpoint": "https://gate.example.com"}), presets())

    assert "https://gate.example.com" == orders.environment[variable]


def test_variables_of_the_convoy_win():
    """What comes from a Secret is not here: it stands in the pod's spec, by reference."""
    secret = {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}

    orders = resolve("claude-code", _config(env=[{"name": "IS_SANDBOX", "value": "0"}, secret]), presets())

    assert {"DISABLE_AUTOUPDATER": "1", "IS_SANDBOX": "0"} == orders.environment


@pytest.mark.parametrize(
    ("told", "times"),
    [
        pytest.param({}, (3600, 3600), id="none told"),
        pytest.param({"timeoutSeconds": 60, "parkSeconds": 0}, (60, 0), id="no parking"),
    ],
)
def test_times(told, times):
    """An hour of work, an hour of waiting for limits; 0 waits not at all."""
    orders = resolve("claude-code", _config(**told), presets())

    assert times == (orders.timeout, orders.park)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("nobody", "agent nobody: unknown; choose one of aider, "),
        ("custom", "agent custom: it has no command; give one in"),
    ],
)
def test_an_agent_that_cannot_run_is_refused(agent, words):
    """Before anything runs."""
    with pytest.raises(AgentRefused, match=words):
        resolve(agent, None, presets())


def test_custom_runs_its_command():
    """Any program at all."""
    assert ("sh", "-c", "true") == resolve("custom", _config(command=["sh", "-c", "true"]), presets()).command


def test_an_agents_own_files_are_named():
    """Aider leaves its transcript and its cache in the work tree; they travel as patterns that are never committed."""
    assert (".aider*",) == resolve("aider", None, presets()).droppings
    assert () == resolve("claude-code", None, presets()).droppings
