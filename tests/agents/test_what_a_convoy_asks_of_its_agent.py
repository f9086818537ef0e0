import json

import pytest

from crds import AgentConfig
from workflows.agents import key_variable, presets, resolve
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
    ("agent", "provider", "variable", "value"),
    [
        ("claude-code", "litellm", "ANTHROPIC_BASE_URL", "https://gate.example.com"),
        ("claude-code", "ollama", "ANTHROPIC_BASE_URL", "https://gate.example.com"),
        ("aider", "litellm", "OPENAI_API_BASE", "https://gate.example.com/v1"),
        ("aider", "anthropic", "ANTHROPIC_API_BASE", "https://gate.example.com"),
        ("aider", "ollama", "OLLAMA_API_BASE", "https://gate.example.com"),
        ("gemini", "litellm", "GOOGLE_GEMINI_BASE_URL", "https://gate.example.com"),
        ("qwen", "openai", "OPENAI_BASE_URL", "https://gate.example.com/v1"),
        ("copilot", "anthropic", "COPILOT_PROVIDER_BASE_URL", "https://gate.example.com"),
        ("custom", "openai", "OPENAI_BASE_URL", "https://gate.example.com/v1"),
    ],
)
def test_a_gateway_reaches_the_agent_by_its_own_variable(agent, provider, variable, value):
    """Each program has its own name for it, with or without /v1; people may write it either way."""
    told = {"provider": provider, "model": "m", "modelProvider": {"endpoint": "https://gate.example.com/v1"}}
    if agent == "custom":
        told["command"] = ["mine"]

    assert value == resolve(agent, _config(**told), presets()).environment[variable]


@pytest.mark.parametrize(
    ("agent", "provider", "model"),
    [
        ("opencode", "litellm", "gateway/m"),
        ("opencode", "anthropic", "gateway/m"),
        ("aider", "openai", "openai/m"),
        ("aider", "ollama", "ollama_chat/m"),
        ("codex", "litellm", "m"),
    ],
)
def test_a_model_is_named_as_the_agent_names_it(agent, provider, model):
    """A prefix says by which of its own doors an agent goes."""
    told = {"provider": provider, "model": "m", "modelProvider": {"endpoint": "http://gate:4000"}}

    orders = resolve(agent, _config(**told), presets())

    assert (model, "{model}") == (orders.model, orders.command[orders.command.index("--model") + 1])


def test_settings_hold_endpoint_and_model():
    """Codex takes a gateway as options, opencode as a file of settings; neither holds the key."""
    told = {"model": "m", "modelProvider": {"endpoint": "http://gate:4000"}}

    codex = resolve("codex", _config(**told), presets())
    opencode = resolve("opencode", _config(**told), presets())

    assert any('base_url="http://gate:4000/v1"' in word for word in codex.command)
    assert codex.command[-4:] == codex.resume[-4:]
    settings = json.loads(opencode.environment["OPENCODE_CONFIG_CONTENT"])
    assert ("gateway/m", ["m"]) == (
        settings["small_model"],
        list(settings["provider"]["gateway"]["models"]),
    )


@pytest.mark.parametrize(
    ("agent", "told", "words"),
    [
        pytest.param(
            "gemini",
            {"provider": "ollama"},
            "speaks Google's API, which Ollama does not",
            id="gemini, Ollama",
        ),
        pytest.param("codex", {"provider": "anthropic"}, "put a LiteLLM in front", id="codex, Anthropic"),
        pytest.param(
            "claude-code", {"provider": "openai"}, "put a LiteLLM in front", id="Claude Code, OpenAI"
        ),
        pytest.param(
            "codex", {"provider": "openai", "model": ""}, "needs the name of a model", id="no model"
        ),
        pytest.param("opencode", {"model": 'a"b'}, "can't stand in its settings", id="a quote in a model"),
        pytest.param(
            "opencode", {"model": "--yolo"}, "is an option and no model", id="a model that is an option"
        ),
    ],
)
def test_a_pair_that_cannot_work_is_refused(agent, told, words):
    """When the convoy is made, with the way out."""
    told = {"provider": "litellm", "model": "m", "modelProvider": {"endpoint": "http://gate:4000"}} | told

    with pytest.raises(AgentRefused, match=words):
        resolve(agent, _config(**told), presets())


def test_a_provider_without_an_address_of_its_own_needs_one():
    """Ollama runs anywhere; the others are known by their vendors' names."""
    with pytest.raises(AgentRefused, match=r"modelProvider\.endpoint"):
        resolve("aider", _config(provider="ollama", model="m"), presets())
    assert {} == {
        name: value
        for name, value in resolve("aider", _config(provider="openai"), presets()).environment.items()
        if "API" in name
    }


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["sh", "-c", 'echo "task: {prompt}" > f'], id="in a script"),
        pytest.param(["sh", "-c", "{prompt}"], id="as the script"),
        pytest.param(["env", "A=1", "bash", "-lc", "{prompt}"], id="behind env"),
        pytest.param(["/bin/busybox", "sh", "-c", "agent '{prompt}'"], id="busybox, in quotes"),
        pytest.param(["python3", "-c", "{prompt}"], id="python"),
        pytest.param(["node", "--eval={prompt}"], id="node"),
        pytest.param(["ssh", "box", "agent", "{prompt}"], id="ssh makes one line of it"),
        pytest.param(["su", "max", "-c", "{prompt}"], id="su"),
        pytest.param(["agent", "--task", "do: {prompt}"], id="in any word"),
    ],
)
def test_a_beads_text_is_never_a_program(command):
    """Refused with how to write it."""
    with pytest.raises(AgentRefused, match=r'use "\$1"'):
        resolve("custom", _config(command=command), presets())


@pytest.mark.parametrize(
    "command",
    [
        ["sh", "-c", 'agent "$1"', "agent", "{prompt}"],
        ["sh", "agent.sh", "-c", "{prompt}"],
        ["agent", "--task={prompt}"],
        ["python3", "agent.py", "{prompt}"],
        ["agent", "-p", "{prompt}"],
        ["sh", "-c", "agent <{prompt_file}"],
    ],
    ids=str,
)
def test_a_beads_text_as_a_word_is_taken(command):
    """That is data to every program."""
    assert tuple(command) == resolve("custom", _config(command=command), presets()).command


def test_variables_of_the_convoy_win():
    """What comes from a Secret is not here: it stands in the pod's spec, by reference."""
    secret = {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}

    orders = resolve("claude-code", _config(env=[{"name": "IS_SANDBOX", "value": "0"}, secret]), presets())

    assert ("1", "0") == (orders.environment["DISABLE_AUTOUPDATER"], orders.environment["IS_SANDBOX"])
    assert "KEY" not in orders.environment


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


@pytest.mark.parametrize(
    ("agent", "provider", "variable"),
    [
        ("claude-code", "litellm", "ANTHROPIC_API_KEY"),
        ("aider", "anthropic", "ANTHROPIC_API_KEY"),
        ("aider", "openai", "OPENAI_API_KEY"),
        ("codex", "litellm", "OPENAI_API_KEY"),
        ("copilot", "litellm", "COPILOT_PROVIDER_API_KEY"),
    ],
)
def test_a_key_comes_by_the_variable_that_the_agent_reads(agent, provider, variable):
    """It differs with the provider; without an endpoint Codex reads one of its own."""
    config = _config(provider=provider, model="m", modelProvider={"endpoint": "http://gate:4000"})

    assert variable == key_variable(agent, config, presets())
    assert "CODEX_API_KEY" == key_variable("codex", None, presets())


def test_fallback_models_reach_the_agent_as_its_model_does():
    """Each as the provider writes it, in command and environment."""
    gateway = {"provider": "litellm", "modelProvider": {"endpoint": "https://gate.example.com"}}
    told = _config(model="m", fallbackModels=["n"], **gateway)
    orders = resolve("opencode", told, presets())
    [other] = orders.fallbacks
    assert ("gateway/m", "gateway/n") == (orders.model, other.model)
    assert other == resolve("opencode", _config(model="n", **gateway), presets()).choices[0]


def test_a_command_that_hears_of_no_model_has_no_other_to_go_on_with():
    """It would meet the same limit again."""
    with pytest.raises(AgentRefused, match=r"put \{model\} into agentConfig\.command"):
        resolve("custom", _config(command=["mine"], fallbackModels=["n"]), presets())
    told = _config(command=["mine", "{model}"], fallbackModels=["n"])
    assert ("n",) == tuple(each.model for each in resolve("custom", told, presets()).fallbacks)
