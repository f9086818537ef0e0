"""The registry of agents: the presets that ship, and those that a rig or a user adds under the same form."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crds import AgentPreset
from workflows.agents.providers import Provider
from workflows.errors import AgentRefused, why
from workflows.hints import choices
from workflows.orders import AgentReport

_KEPT = frozenset({"endpoint_variable", "key_variable"})


class Preset(BaseModel):
    """One agent; see `workflows.orders.AgentOrders` for what travels. `*_arguments` are added when they have a value.

    `endpoint_variable` and `key_variable` carry a gateway's address and key to an agent without a table of `providers`. `state` tells
    people how far it was tried, `program` by which name its package is asked for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    command: tuple[str, ...] = ()
    resume: tuple[str, ...] = ()
    model: str = ""
    model_arguments: tuple[str, ...] = ()
    budget_arguments: tuple[str, ...] = ()
    endpoint_variable: str = "OPENAI_BASE_URL"
    key_variable: str = "OPENAI_API_KEY"
    providers: dict[str, Provider] = {}
    image: str = ""
    environment: dict[str, str] = {}
    files: dict[str, str] = {}
    idle: int = Field(default=0, ge=0)
    auth_patterns: tuple[str, ...] = ()
    rate_patterns: tuple[str, ...] = ()
    budget_patterns: tuple[str, ...] = ()
    context_patterns: tuple[str, ...] = ()
    model_patterns: tuple[str, ...] = ()
    refusal_patterns: tuple[str, ...] = ()
    failure_patterns: tuple[str, ...] = ()
    codes: dict[str, str] = {}
    zero_fails: bool = False
    droppings: tuple[str, ...] = ()
    stream: str = ""
    report: AgentReport = AgentReport()


def presets(*, user_file: Path | None = None, rig: tuple[AgentPreset, ...] = ()) -> Mapping[str, Preset]:
    """All agents by name. A rig's presets go before those of the user's file, and these before the ones that ship.

    One with a command of its own replaces the agent of its name; one without changes only the fields that it holds.
    Raises AgentRefused when the user's file cannot be read, naming the agent and the field.
    """
    found = dict(_shipped())
    if user_file is not None and user_file.exists():
        try:
            text = user_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise AgentRefused(
                f"{user_file}: cannot be read: {why(error)}; mend the file or move it away"
            ) from error
        found = _read(text, str(user_file), found)
    for preset in rig:
        told = preset.model_dump(exclude_unset=True, exclude={"name"})
        found[preset.name] = _told(told, found.get(preset.name))
    return found


@functools.cache
def _shipped() -> Mapping[str, Preset]:
    """Read once: the adapter asks for an agent's image at every change of a polecat."""
    from importlib import resources  # noqa: PLC0415 - with TOML a twentieth of a list, which needs no agent

    text = resources.files("workflows.agents").joinpath("presets.toml").read_text(encoding="utf-8")
    return _read(text, "presets.toml", {})


def _read(text: str, source: str, known: Mapping[str, Preset]) -> dict[str, Preset]:
    import tomllib  # noqa: PLC0415 - as above

    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise AgentRefused(f"{source}: not TOML: {error}; mend the file or move it away") from error
    found = dict(known)
    for name, raw in table.items():
        if not isinstance(raw, dict):
            raise AgentRefused(f"{source}: {name} stands outside of an agent; put it under a line [<agent>]")
        if below := next((each for each in raw if isinstance(raw[each], dict) and each not in _TABLES), ""):
            raise AgentRefused(
                f"{source}: [{name}.{below}]: an agent's table is named like the agent: [{below}]"
            )
        try:
            found[name] = _told(raw, known.get(name))
        except ValidationError as error:
            raise AgentRefused(f"{source}: agent {name}: {_wrong(error)}") from error
    return found


_TABLES = frozenset(
    name for name, field in Preset.model_fields.items() if field.annotation not in (str, bool, int, float)
)
"""Fields that may be tables of their own."""


def _wrong(error: ValidationError) -> str:
    """The first thing that is wrong; a field that there is not was likely meant to be another one."""
    first = error.errors()[0]
    *above, last = (str(part) for part in first["loc"])
    field = ".".join((*above, last))
    if first["type"] != "extra_forbidden":
        return f"{field}: {first['msg']}; mend the field"
    known = AgentReport._fields if above == ["report"] else Preset.model_fields
    return f"{field}: there is no such field; {choices(last, known)}"


def _told(told: dict[str, Any], known: Preset | None) -> Preset:
    """The preset as told. What carries a gateway's address and key stays known, since a rig has no field for it."""
    kept = set(_KEPT) if "command" in told else None
    return Preset.model_validate((known.model_dump(include=kept) if known else {}) | told)
