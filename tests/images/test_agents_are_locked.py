"""What an agent's image is made of is pinned: every package of it, for every architecture."""

import json
from pathlib import Path

import pytest
from trial.install import FOLDERS

from images.agents import AGENTS, Agent
from images.agents.table import NODE
from images.debian.lock import ARCHITECTURES
from release import lock

PROVEN = Path(__file__).parents[1] / "programs" / "npm"

each_agent = pytest.mark.parametrize("agent", AGENTS.values(), ids=lambda agent: agent.name)
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


@each_agent
def test_there_is_an_image_for_every_machine(agent: Agent) -> None:
    """Nodes of one cluster may be of both kinds: a pin that one of them lacks gives way to one that both have."""
    assert frozenset(ARCHITECTURES) == agent.architectures


@of_npm
def test_the_version_is_the_one_that_is_proven(agent: Agent) -> None:
    """`make test-agents` has the maker's own package in its lock, which is of one version with those for single machines."""
    proven = json.loads((PROVEN / FOLDERS.get(agent.name, agent.name) / "package.json").read_text("utf-8"))
    (version,) = proven["dependencies"].values()
    own = agent.parts[0].packages
    asked = json.loads(agent.lock.with_name("package.json").read_text(encoding="utf-8"))
    assert version in {**asked.get("dependencies", {}), **asked.get("optionalDependencies", {})}.values()
    assert {version} == {
        agent.locked()[f"node_modules/{name}"]["version"].partition("-linux-")[0] for name in own.values()
    }


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
