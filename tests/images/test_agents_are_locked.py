"""What an agent's image is made of is pinned: every package of it, for every architecture."""

import json

import pytest

from images.agents import AGENTS, Agent
from images.agents.table import NODE

each_agent = pytest.mark.parametrize("agent", AGENTS.values(), ids=lambda agent: agent.name)


@each_agent
def test_each_package_has_a_version_and_a_checksum(agent: Agent) -> None:
    """For every architecture that the image is made for; a SHA-512 has 128 digits."""
    assert agent.architectures
    for architecture in agent.architectures:
        pins = agent.pins(architecture)
        assert len(agent.parts) == len(pins)
        assert {128} == {len(each.digest) for each in pins}
        assert [] == [each.name for each in pins if not each.version]


@each_agent
def test_the_lock_names_no_registry(agent: Agent) -> None:
    """Whoever builds has one of his own."""
    assert [] == [place for place, told in agent.locked().items() if "resolved" in told]


@each_agent
def test_what_is_asked_for_is_one_version(agent: Agent) -> None:
    """No range: the lock can be made anew without another program coming in."""
    asked = json.loads(agent.lock.with_name("package.json").read_text(encoding="utf-8"))
    told = {**asked.get("dependencies", {}), **asked.get("optionalDependencies", {})}
    assert told
    assert [] == [version for version in told.values() if not version[0].isdigit()]


def test_both_machines_get_one_node() -> None:
    """Wherever it is a part."""
    scripted = [each for each in AGENTS.values() if NODE in each.parts]
    assert ["gemini", "qwen"] == [each.name for each in scripted]
    for each in scripted:
        versions = {
            pin.version
            for architecture in each.architectures
            for pin in each.pins(architecture)
            if pin.name.startswith("node-linux-")
        }
        assert 1 == len(versions)
