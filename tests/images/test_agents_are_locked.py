"""What an agent's image is made of is pinned: every package of it, for every architecture."""

import json

import pytest

from images.agents import AGENTS, Agent
from images.agents.table import NODE
from release import lock

of_npm = pytest.mark.parametrize(
    "agent", [each for each in AGENTS.values() if each.parts], ids=lambda agent: agent.name
)


@of_npm
def test_each_package_has_a_version_and_a_checksum(agent: Agent) -> None:
    """For every architecture that the image is made for; a SHA-512 has 128 digits."""
    assert agent.architectures
    for architecture in agent.architectures:
        pins = agent.pins(architecture)
        assert len(agent.parts) == len(pins)
        assert {128} == {len(each.digest) for each in pins}
        assert [] == [each.name for each in pins if not each.version]


@of_npm
def test_the_lock_names_no_registry(agent: Agent) -> None:
    """Whoever builds has one of his own."""
    assert [] == [place for place, told in agent.locked().items() if "resolved" in told]


@of_npm
def test_what_is_asked_for_is_one_version(agent: Agent) -> None:
    """No range: the lock can be made anew without another program coming in."""
    asked = json.loads(agent.lock.with_name("package.json").read_text(encoding="utf-8"))
    told = {**asked.get("dependencies", {}), **asked.get("optionalDependencies", {})}
    assert told
    assert [] == [version for version in told.values() if not version[0].isdigit()]


@pytest.mark.parametrize(
    "agent", [each for each in AGENTS.values() if each.entry], ids=lambda agent: agent.name
)
def test_each_wheel_has_a_version_and_checksums(agent: Agent) -> None:
    """And the agent itself is among them."""
    pins = list(lock.pins(agent.lock.read_text(encoding="utf-8")))
    assert [] == [each.name for each in pins if not each.version or not each.digests]
    assert agent.entry.partition(".")[0] in {each.name.partition("-")[0] for each in pins}


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
