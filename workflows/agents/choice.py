"""Which agent a convoy gets, and how it is set up."""

from crds import AgentConfig, Convoy, Rig


def chosen(convoy: Convoy, rig: Rig) -> tuple[str, AgentConfig | None]:
    """The agent's name and its set-up. A rig's set-up is for the rig's agent: it says nothing about another that a convoy names."""
    name = convoy.spec.agent or rig.spec.agent
    inherited = rig.spec.agent_config if name == rig.spec.agent else None
    return name, convoy.spec.agent_config or inherited
