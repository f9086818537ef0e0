"""Coding agents: which one works a bead, how it is set up, and how a new one is described as data.

An agent is any program that takes a prompt, edits files and ends. What differs (the command line, how it says
that its credentials or its budget ran out) is data in an `AgentPreset`, so a rig can add an agent without a
release of ours.
"""

from typing import Annotated, Literal

from pydantic import Field

from crds import shapes
from crds.lists import Keyed
from crds.names import AgentName, Argument, Image, Line, Pattern
from crds.pods import ConfigMapReference, EnvVar, SecretKeyReference
from crds.quantities import Count
from crds.rules import Rule
from crds.wire import Wire

AGENTS = ("claude-code", "opencode", "aider", "codex", "gemini", "qwen", "copilot", "custom")
"""The agents that need no preset. `custom` runs what `agentConfig.command` says."""

DEFAULT_AGENT = "claude-code"

RESERVED = ("main", "git-init", "init", "wait")
"""Containers of our own and of Argo's in the agent's pod; the agent's container carries the agent's name."""

Provider = Literal["litellm", "anthropic", "openai", "ollama"]
Model = Annotated[Line, Field(min_length=1)]
Command = Annotated[tuple[Argument, ...], Field(max_length=64)]
Patterns = Annotated[tuple[Pattern, ...], Field(max_length=32)]


class ModelProvider(Wire):
    """A model gateway other than the agent's own."""

    endpoint: Annotated[str, Field(max_length=2048, pattern=shapes.URL_OR_NONE.pattern)] = ""
    """The base URL that the agent sends its requests to."""

    api_key_secret_ref: SecretKeyReference | None = None
    """The key for the gateway; it reaches the agent's container only."""


class AgentConfig(Wire):
    """How the agent of a polecat is set up; every field overrides what the agent's preset says."""

    provider: Provider = "litellm"
    """Whose dialect modelProvider.endpoint speaks; decides which variables carry the endpoint and the key to
    the agent.
    """

    model: Line = ""
    """The model to use; the agent's own default when absent."""

    fallback_models: Annotated[tuple[Model, ...], Field(max_length=8)] = ()
    """Models to go on with, in this order, when the one before is at its limit or is not there; the first that is free again
    once all are.
    """

    model_provider: ModelProvider | None = None
    """A gateway to send the agent's requests to."""

    image: Image = ""
    """The container image of the agent: anything with sh and git."""

    command: Command = ()
    """Replaces the agent's command; {prompt}, {prompt_file}, {model} and {budget} stand for their values."""

    args: Command = ()
    """Arguments put behind the agent's command."""

    config_map_ref: ConfigMapReference | None = None
    """Files of settings for the agent, laid into its home directory before it starts; in a key `__` stands for a slash, so
    `.claude__settings.json` becomes `.claude/settings.json`. On one machine the agent has the user's own.
    """

    env: Annotated[tuple[EnvVar, ...], Field(max_length=128)] = ()
    """Variables of the agent's environment."""

    timeout_seconds: Annotated[int, Field(ge=1)] | None = None
    """How long the agent may work on one bead before it is stopped as TimedOut; an hour when absent."""

    park_seconds: Count | None = None
    """How long the agent may wait in all for a rate limit to lift before it ends as RateLimited; an hour when
    absent.
    """

    max_idle_seconds: Count | None = None
    """How long the agent may print nothing and change no file before it is stopped as TimedOut; no limit when
    absent or 0. Mind that some agents print only at their end.
    """


class AgentReport(Wire):
    """How to read what an agent printed: paths into the JSON objects of its standard output.

    A path goes down by keys, `a.b.c`; `*` is every key or element, a key with dots stands in quotes. Conditions stand
    in front, `type=result,ok=true: a.b`, and ` | ` separates alternatives, of which the first that is there counts.
    """

    format: Literal["json", "lines", "text"] = "text"
    """Whether the agent prints one JSON object at its end, an object a line of which words count where they stand
    last and numbers are added up, or plain text whose last lines are the summary.
    """

    summary: Line = ""
    """The path of the summary of what was done."""

    cost: Line = ""
    """The path of the cost in US dollars."""

    tokens: Annotated[tuple[Line, ...], Field(max_length=16)] = ()
    """The paths of the token counts that are added up."""

    error: Line = ""
    """The path of a value that is true, or not empty, when the agent failed although it exited with 0."""

    status: Line = ""
    """The path of the HTTP status of its model's answer, where that failed."""

    refused: Line = ""
    """The path of words that are there only when the model declined the task."""


class AgentPreset(Wire):
    """An agent as data: what to run, and how to tell how it ended."""

    name: AgentName
    """The name that spec.agent of a Rig, Convoy or Polecat calls it by; a built-in agent's name replaces that
    agent.
    """

    command: Annotated[tuple[Argument, ...], Field(min_length=1, max_length=64)]
    """The command as a list; {prompt}, {prompt_file}, {model} and {budget} stand for their values. Without the first
    two the task is its standard input.
    """

    resume: Command = ()
    """Replaces the command when the agent goes on after a rate limit; the command itself when absent."""

    image: Image = ""
    """The container image that holds the agent."""

    model: Line = ""
    """The model that {model} stands for when nobody names one."""

    environment: Annotated[dict[str, Argument], Field(max_length=64)] = Field(default_factory=dict)
    """Variables that this agent always gets."""

    auth_patterns: Patterns = ()
    """Output that means that the credentials were refused: the polecat ends as AuthFailed and is not tried
    again.
    """

    rate_patterns: Patterns = ()
    """Output that means that a rate limit was hit: the agent is parked and resumed."""

    budget_patterns: Patterns = ()
    """Output that means that the budget is spent: the polecat ends as BudgetExceeded."""

    context_patterns: Patterns = ()
    """Output that means that the task is too long for the model: the polecat ends as ContextExceeded."""

    model_patterns: Patterns = ()
    """Output that means that there is no such model: the polecat ends as ModelMissing."""

    refusal_patterns: Patterns = ()
    """Output that means that the model declined: the polecat ends as Refused."""

    failure_patterns: Patterns = ()
    """Output that means a failure that another try may get over, for an agent that exits with 0 all the same."""

    zero_fails: bool = False
    """True for an agent that exits with 0 also when it failed: its patterns count then too."""

    droppings: Annotated[tuple[Line, ...], Field(max_length=32)] = ()
    """The agent's own files in the repository, as patterns of a .gitignore at its root: they are never committed."""

    stream: Literal["", "claude", "codex", "copilot", "gemini", "opencode"] = ""
    """The form of its standard output, so that its log can be shown readable: that of the agent which is named."""

    files: Annotated[dict[str, Argument], Field(max_length=16)] = Field(default_factory=dict)
    """Files of settings by their path in the home directory, laid there before the agent starts in a pod."""

    report: AgentReport = Field(default_factory=AgentReport)
    """How to read the summary, the cost and the tokens from the output."""

    rules = (
        Rule(
            cel=f"!(self.name in [{', '.join(repr(name) for name in RESERVED)}])",
            message=f"names the agent's container; {', '.join(RESERVED)} are taken, choose another",
            holds=lambda preset: preset.name not in RESERVED,
            field="name",
        ),
    )


Presets = Annotated[tuple[AgentPreset, ...], Field(max_length=32), Keyed("name")]
