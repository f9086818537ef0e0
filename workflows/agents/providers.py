"""How one agent is given a model's endpoint, name and key by one kind of provider: a row of the table of agents and providers."""

from collections.abc import Mapping
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from crds import AgentConfig
from workflows.errors import AgentRefused

_UNQUOTED = frozenset("\"'\\` \t\n{}$")
"""What would end the quotes where a value stands in a setting of JSON or TOML."""


class Provider(BaseModel):
    """In all texts `{endpoint}` and `{model}` stand for their values.

    `path` is what the agent wants behind the server's address. `arguments` are put behind its command, `model` is how it writes a
    model's name. `refused` is why the pair can't work, in a sentence with the way out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    refused: str = ""
    path: str = ""
    environment: dict[str, str] = {}
    arguments: tuple[str, ...] = ()
    model: str = "{model}"
    key_variable: str = ""
    needs_model: bool = False


class Provision(NamedTuple):
    """A provider's row with its values filled in. `model` is the name that the agent is given."""

    environment: Mapping[str, str]
    arguments: tuple[str, ...]
    model: str
    key_variable: str


def provision(
    agent: str,
    config: AgentConfig,
    rows: Mapping[str, Provider],
    *,
    model: str,
    variables: tuple[str, str],
) -> Provision:
    """What an agent is given for the provider that its settings name.

    `variables` carry endpoint and key to an agent without rows. Raises AgentRefused for a pair that can't work.
    """
    endpoint = config.model_provider.endpoint if config.model_provider else ""
    if model.startswith("-"):
        raise AgentRefused(f"agent {agent}: {model} is an option and no model; correct agentConfig.model")
    named = "provider" in config.model_fields_set
    row = rows.get(config.provider) if endpoint or named else None
    if row and row.refused:
        raise AgentRefused(f"agent {agent}: {row.refused}")
    if not endpoint:
        return _direct(agent, config, row, model=model, key_variable=variables[1])
    if row is None:
        if rows:
            raise AgentRefused(
                f"agent {agent}: it has no way to a provider {config.provider}; choose one of {', '.join(sorted(rows))}"
            )
        return Provision({variables[0]: endpoint}, (), model, variables[1])
    if row.needs_model and not model:
        raise AgentRefused(
            f"agent {agent}: behind {endpoint} it needs the name of a model; set agentConfig.model, or give --model"
        )
    values = {"{endpoint}": _address(endpoint, row.path), "{model}": model}
    texts = (*row.environment.values(), *row.arguments)
    for place, value in values.items():
        if _UNQUOTED & set(value) and any('"' in text and place in text for text in texts):
            raise AgentRefused(
                f"agent {agent}: {value} can't stand in its settings; give a {place[1:-1]} without quotes, braces and spaces"
            )
    return _filled(row, values, key_variable=variables[1])


def _direct(
    agent: str, config: AgentConfig, row: Provider | None, *, model: str, key_variable: str
) -> Provision:
    """The provider's own address, which the agent knows by itself."""
    if row and config.provider == "ollama":
        raise AgentRefused(
            f"agent {agent}: provider ollama has no address of its own; set agentConfig.modelProvider.endpoint"
        )
    return Provision({}, (), model, key_variable)


def _filled(row: Provider, values: Mapping[str, str], *, key_variable: str) -> Provision:
    def fill(text: str) -> str:
        for place, value in values.items():
            text = text.replace(place, value)
        return text

    return Provision(
        environment={name: fill(value) for name, value in row.environment.items()},
        arguments=tuple(map(fill, row.arguments)),
        model=fill(row.model) if values["{model}"] else "",
        key_variable=row.key_variable or key_variable,
    )


def _address(endpoint: str, path: str) -> str:
    """Agents differ in whether they want `/v1` at the end; people write it either way."""
    return endpoint.rstrip("/").removesuffix("/v1") + path
