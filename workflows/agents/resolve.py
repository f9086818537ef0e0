"""From what a convoy asks of its agent to the orders that the pod gets."""

import re
from collections.abc import Callable, Mapping

from crds import AgentConfig
from workflows.agents import placeholders
from workflows.agents.presets import Preset
from workflows.agents.providers import Provision, provision
from workflows.errors import AgentRefused
from workflows.orders import AgentOrders, Fallback
from workflows.transcript import paths

DEFAULT_TIMEOUT = 3600
DEFAULT_PARK = 3600

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PATTERNS = (
    "auth_patterns",
    "rate_patterns",
    "budget_patterns",
    "context_patterns",
    "model_patterns",
    "refusal_patterns",
    "failure_patterns",
)


def resolve(
    name: str,
    config: AgentConfig | None,
    registry: Mapping[str, Preset],
    *,
    budget: float = 0.0,
) -> AgentOrders:
    """The orders for one agent; `budget` in dollars, 0 for none.

    Raises AgentRefused for an agent that is not registered or can't work with what is asked, and for a command that would hand a
    bead's text to a shell.
    """
    preset = _preset(name, registry)
    asked = config or AgentConfig()
    first, *others = (
        _with_model(name, asked.model_copy(update={"model": each} if each else {}), preset, budget=budget)
        for each in ("", *asked.fallback_models)
    )
    for each in others:
        if each.environment == first.environment and not any("{model}" in word for word in each.command):
            raise AgentRefused(
                f"agent {name}: its command does not say {{model}}, so it would not hear of the model {each.model}; "
                "put {model} into agentConfig.command, or take agentConfig.fallbackModels away"
            )
    return AgentOrders(
        name=name,
        command=first.command,
        resume=first.resume,
        environment=first.environment,
        files=preset.files,
        model=first.model,
        timeout=asked.timeout_seconds or DEFAULT_TIMEOUT,
        park=DEFAULT_PARK if asked.park_seconds is None else asked.park_seconds,
        budget=budget,
        idle=(0 if asked.command else preset.idle)
        if asked.max_idle_seconds is None
        else asked.max_idle_seconds,
        codes=preset.codes,
        zero_fails=preset.zero_fails,
        droppings=preset.droppings,
        stream="" if asked.command else preset.stream,
        report=preset.report,
        fallbacks=tuple(others),
        **{field: getattr(preset, field) for field in _PATTERNS},
    )


def _with_model(name: str, asked: AgentConfig, preset: Preset, *, budget: float) -> Fallback:
    """What of an agent's orders depends on its model."""
    own = bool(asked.command)
    command = asked.command or preset.command
    if not command:
        raise AgentRefused(
            f"agent {name}: it has no command; give one in agentConfig.command, or with --agent-command"
        )
    given = _provision(name, asked, preset)
    extra = [
        *(preset.model_arguments if given.model and not own else ()),
        *(preset.budget_arguments if budget and not own else ()),
        *(given.arguments if not own else ()),
        *asked.args,
    ]
    resume = (*preset.resume, *extra) if preset.resume and not own else ()
    for words in ((*command, *extra), resume):
        placeholders.check(name, words)
    return Fallback(
        model=given.model,
        command=(*command, *extra),
        resume=resume,
        environment=_environment(name, asked, preset, given),
    )


def key_variable(name: str, config: AgentConfig | None, registry: Mapping[str, Preset]) -> str:
    """The variable that carries the key of its model to an agent."""
    return _provision(name, config or AgentConfig(), _preset(name, registry)).key_variable


def _preset(name: str, registry: Mapping[str, Preset]) -> Preset:
    preset = registry.get(name)
    if preset is None:
        raise AgentRefused(f"agent {name}: unknown; choose one of {', '.join(sorted(registry))}")
    for field in _PATTERNS:
        for pattern in getattr(preset, field):
            _checked(re.compile, name, field, pattern)
    told = {field: path for field, path in preset.report._asdict().items() if field != "format"}
    for field, path in told.items():
        for each in path if isinstance(path, tuple) else (path,):
            _checked(paths.ways, name, f"report.{field}", each)
    return preset


def _checked(read: Callable[[str], object], name: str, field: str, text: str) -> None:
    try:
        read(text)
    except (ValueError, re.error) as error:
        raise AgentRefused(f"agent {name}: {field}: {text!r} cannot be read: {error}; correct it") from error


def _provision(name: str, asked: AgentConfig, preset: Preset) -> Provision:
    return provision(
        name,
        asked,
        preset.providers,
        model=asked.model or preset.model,
        variables=(preset.endpoint_variable, preset.key_variable),
    )


def _environment(name: str, asked: AgentConfig, preset: Preset, given: Provision) -> dict[str, str]:
    """Plain values only; what comes from a Secret is a reference in the pod's spec."""
    for variable in (*preset.environment, *given.environment, *(each.name for each in asked.env)):
        if not _VARIABLE.fullmatch(variable):
            raise AgentRefused(
                f"agent {name}: its environment names {variable}, which no shell takes for a variable; rename it"
            )
    plain = {variable.name: variable.value for variable in asked.env if variable.value_from is None}
    return {**preset.environment, **given.environment, **plain}
