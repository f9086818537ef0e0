"""The registry of agents: the presets that ship, and those that a rig or a user adds under the same form."""

import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from crds import AgentPreset
from workflows.errors import AgentRefused


class Report(BaseModel):
    """How to read an agent's standard output; see `workflows.orders.AgentReport`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str = "text"
    summary: str = ""
    cost: str = ""
    tokens: tuple[str, ...] = ()
    error: str = ""


class Preset(BaseModel):
    """One agent. `*_variable` names what carries a gateway's address and key to it; `*_arguments` are added when they have a value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    command: tuple[str, ...] = ()
    resume: tuple[str, ...] = ()
    model: str = ""
    model_arguments: tuple[str, ...] = ()
    budget_arguments: tuple[str, ...] = ()
    endpoint_variable: str = "OPENAI_BASE_URL"
    key_variable: str = "OPENAI_API_KEY"
    image: str = ""
    environment: dict[str, str] = {}
    auth_patterns: tuple[str, ...] = ()
    rate_patterns: tuple[str, ...] = ()
    budget_patterns: tuple[str, ...] = ()
    report: Report = Report()


def presets(*, user_file: Path | None = None, rig: tuple[AgentPreset, ...] = ()) -> Mapping[str, Preset]:
    """All agents by name. A rig's presets replace those of the user's file, and these the ones that ship.

    Raises AgentRefused when the user's file cannot be read, naming the agent and the field.
    """
    found = _read(resources.files("workflows.agents").joinpath("presets.toml").read_text(), "presets.toml")
    if user_file is not None and user_file.exists():
        found |= _read(user_file.read_text(encoding="utf-8"), str(user_file))
    for preset in rig:
        known = found.get(preset.name, Preset())
        told = preset.model_dump(exclude_unset=True, exclude={"name"})
        found[preset.name] = Preset.model_validate(known.model_dump() | told)
    return found


def _read(text: str, source: str) -> dict[str, Preset]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise AgentRefused(f"{source}: not TOML: {error}") from error
    found = {}
    for name, raw in table.items():
        try:
            found[name] = Preset.model_validate(raw)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise AgentRefused(f"{source}: agent {name}: {field}: {first['msg']}") from error
    return found
