"""A pod runs in the image that has its agent's program."""

import pytest

from images.recipes import RECIPES
from workflows.compile import CompileSettings

AGENTS = tuple(each.agent for each in RECIPES if each.agent)


def _image(submitted):
    """That of the one container which is neither ours nor Argo's."""
    polecat = submitted.templates["polecat"]
    (found,) = {
        each["image"]
        for each in (
            polecat.get("container") or {},
            *polecat.get("initContainers", ()),
            *polecat.get("sidecars", ()),
        )
        if "polecat-" in each.get("image", "")
    }
    return found


@pytest.mark.parametrize("recipe", [each for each in RECIPES if each.agent], ids=lambda recipe: recipe.agent)
def test_each_agent_has_the_image_that_is_made_for_it(submit, recipe):
    """Nobody has to name what a release has."""
    assert f"gastown/{recipe.name}:0.1.0" == _image(submit(agent=recipe.agent))


@pytest.mark.parametrize(
    ("settings", "image"),
    [
        pytest.param({"agent_image": "house/polecat-all:1"}, "house/polecat-all:1", id="one for all"),
        pytest.param(
            {"agent_image": "house/polecat-all:1", "agent_images": {"codex": "house/polecat-codex:2"}},
            "house/polecat-codex:2",
            id="one for all, another for it",
        ),
        pytest.param({"agent_images": {"codex": ""}}, "gastown/polecat-agent:0.1.0", id="none for it"),
    ],
)
def test_the_place_names_another(submit, settings, image):
    """Who has an image with all agents names that alone."""
    assert image == _image(submit(agent="codex", settings=CompileSettings(**settings)))


@pytest.mark.parametrize(
    ("rig", "image"),
    [
        pytest.param(
            {"agentConfig": {"image": "own/polecat-x:1"}, "agent": "codex"},
            "own/polecat-x:1",
            id="its set-up",
        ),
        pytest.param(
            {"agents": [{"name": "codex", "command": ["codex"], "image": "own/polecat-y:1"}]},
            "own/polecat-y:1",
            id="its preset",
        ),
    ],
)
def test_what_a_rig_names_goes_first(submit, rig, image):
    """Before what the place says of its agent."""
    assert image == _image(submit(agent="codex", rig=rig))
