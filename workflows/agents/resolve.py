"""From what a convoy asks of its agent to the orders that the pod gets."""

import re
from collections.abc import Mapping

from crds import AgentConfig
from workflows.agents.presets import Preset
from workflows.errors import AgentRefused
from workflows.orders import AgentOrders, AgentReport

DEFAULT_TIMEOUT = 3600
DEFAULT_PARK = 3600

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def resolve(
    name: str,
    config: AgentConfig | None,
    registry: Mapping[str, Preset],
    *,
    budget: float = 0.0,
) -> AgentOrders:
    """The orders for one agent; `budget` in dollars, 0 for none.

    Raises AgentRefused for an agent that is not registered, for `custom` without a command, and for a variable with no name.
    """
    preset = registry.get(name)
    if preset is None:
        raise AgentRefused(f"agent {name}: unknown; choose one of {', '.join(sorted(registry))}")
    asked = config or AgentConfig()
    command = asked.command or preset.command
    if not command:
        raise AgentRefused(
            f"agent {name}: it has no command; give one in agentConfig.command, or with --agent-command"
        )
    model = asked.model or preset.model
    extra = [
        *(preset.model_arguments if model and not asked.command else ()),
        *(preset.budget_arguments if budget and not asked.command else ()),
        *asked.args,
    ]
    return AgentOrders(
        name=name,
        command=(*command, *extra),
        resume=(*preset.resume, *extra) if preset.resume and not asked.command else (),
        environment=_environment(name, asked, preset),
        model=model,
        timeout=asked.timeout_seconds or DEFAULT_TIMEOUT,
        park=DEFAULT_PARK if asked.park_seconds is None else asked.park_seconds,
        budget=budget,
        idle=asked.max_idle_seconds or 0,
        auth_patterns=preset.auth_patterns,
        rate_patterns=preset.rate_patterns,
        budget_patterns=preset.budget_patterns,
        droppings=preset.droppings,
        report=AgentReport(**preset.report.model_dump()),
    )


def _environment(name: str, asked: AgentConfig, preset: Preset) -> dict[str, str]:
    """Plain values only; what comes from a Secret is a reference in the pod's spec."""
    for variable in (*preset.environment, *(each.name for each in asked.env)):
        if not _VARIABLE.fullmatch(variable):
            raise AgentRefused(
                f"agent {name}: its environment names {variable}, which no shell takes for a variable; rename it"
            )
    variables = dict(preset.environment)
    if asked.model_provider and asked.model_provider.endpoint:
        variables[preset.endpoint_variable] = asked.model_provider.endpoint
    return variables | {
        variable.name: variable.value for variable in asked.env if variable.value_from is None
    }
