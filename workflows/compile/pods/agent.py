"""The agent of a convoy as its pod needs it: image, keys and resources."""

from hera.workflows import models as argo
from pydantic import BaseModel

from crds import AgentConfig, Manifest
from workflows.agents import chosen, key_variable
from workflows.compile.images import image_of
from workflows.compile.pods.containers import AgentContainer
from workflows.compile.request import Request
from workflows.orders import AgentOrders
from workflows.shape import agent_container


def container(agent: AgentOrders, request: Request) -> AgentContainer:
    """What the convoy and its rig say of the agent that works the beads."""
    rig, settings = request.rig.spec, request.settings
    config = chosen(request.convoy, request.rig)[1] or AgentConfig()
    preset = request.agents[agent.name]
    gateway_key = config.model_provider.api_key_secret_ref if config.model_provider else None
    key = gateway_key or rig.api_key_secret_ref
    environment = [
        argo.EnvVar.model_validate(_wire(item)) for item in config.env if item.value_from is not None
    ]
    if key:
        variable = key_variable(agent.name, config, request.agents)
        secret = argo.SecretKeySelector(name=key.name, key=key.key)
        environment.append(argo.EnvVar(name=variable, value_from=argo.EnvVarSource(secret_key_ref=secret)))
    logins = rig.login
    return AgentContainer(
        name=agent_container(agent.name),
        image=image_of(agent.name, config, rig=request.rig, settings=settings, preset=preset),
        timeout=agent.timeout,
        environment=tuple(environment),
        model_secret=logins.name if logins else settings.model_secret,
        files=config.config_map_ref.name if config.config_map_ref else "",
        resources=_resources(_wire(rig.resources) if rig.resources else {}, settings.agent_resources),
    )


def _resources(asked: Manifest, usual: Manifest) -> argo.ResourceRequirements:
    """What is asked for. A resource that it names neither as a request nor as a limit is as usual: who asks for memory keeps a full disk
    the agent's own trouble, and not the node's.
    """
    named = {*asked.get("requests", {}), *asked.get("limits", {})}
    filled = {
        kind: {name: amount for name, amount in usual.get(kind, {}).items() if name not in named}
        | asked.get(kind, {})
        for kind in ("requests", "limits")
    }
    return argo.ResourceRequirements.model_validate(asked | filled)


def _wire(model: BaseModel) -> Manifest:
    return model.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_unset=True)
