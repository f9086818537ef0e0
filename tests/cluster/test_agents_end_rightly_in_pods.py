"""Real agents in pods, led to each of their ends by a stand-in for their model: the reason of the bead is the right one, as on one machine."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from harness.convoys import Slung, Yard, inline_convoy
from harness.gitserver import secret
from harness.images import CLAUDE, OPENCODE, load
from harness.images import HOST as REGISTRY
from harness.network import HOST
from harness.processes import until
from harness.running import Cluster
from harness.site import Mode, free_ports
from standin.modes import MODES
from trial.ends import SILENT, wanted
from trial.install import HERE
from trial.run import MODELS

from images import agents
from images.__main__ import source
from images.bytecode import own_architecture
from images.errors import ImageError
from images.oci import Named
from images.recipes import RECIPES, Recipe, image
from workflows.observe import Stage

pytestmark = pytest.mark.late

IMAGES = {"claude-code": CLAUDE, "opencode": OPENCODE}
WHOLE = tuple(mode for mode in MODES if mode != "slow-tool")
SAMPLE = ("success", "auth401", "question", "refusal", "no-model")
"""`GASTOWN_TEST_WHOLE=1` takes all of them: an agent that waits for a limit waits a minute."""

WAITING = {"maxIdleSeconds": 40, "timeoutSeconds": 90}
PATIENT = {"maxIdleSeconds": 300, "timeoutSeconds": 400}
SHORT = {"maxIdleSeconds": 300, "timeoutSeconds": 20}
"""For a model that never answers."""

ROOMY = {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "4Gi"}}
"""The memory that agents have by default: Qwen Code takes two gigabytes."""


_HELD = {"AuthFailed": "CredentialsExpired"}
"""What is not the end of a bead, but of its agent until somebody has renewed the key."""


@contextmanager
def _model() -> Iterator[str]:
    """The stand-in of `make test-agents`, where pods reach it."""
    port = free_ports(1, HOST)[0]
    command = (sys.executable, "-m", "standin", str(port), HOST)
    server = subprocess.Popen(command, cwd=HERE, stderr=subprocess.DEVNULL)
    try:
        until(lambda: _answers(port), "the stand-in", seconds=30)
        yield f"http://{HOST}:{port}"
    finally:
        server.kill()
        server.wait()


def _answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex((HOST, port)) == 0


def _limits(agent: str, mode: str) -> dict[str, int]:
    if mode == "silence":
        return SHORT
    return WAITING if "TimedOut" in wanted(agent, mode) else PATIENT


@pytest.mark.parametrize("agent", IMAGES)
def test_each_end_has_its_reason(agent: str, cluster: Cluster, workers: str) -> None:
    """Told by the agent's own words through a container beside it; what it committed is published."""
    if cluster.site.mode is not Mode.FULL or not cluster.has_image(IMAGES[agent]):
        pytest.skip(f"no node has an image with {agent}, or none of its pods reaches this machine")
    modes = WHOLE if os.environ.get("GASTOWN_TEST_WHOLE") else SAMPLE
    yard = Yard(cluster, workers)
    yard.open()
    cluster.apply(secret("model-key", workers, {"key": "sk-stand-in-0000"}))
    rig = yard.rig({"apiKeySecretRef": {"name": "model-key", "key": "key"}})
    with _model() as endpoint:
        slung = [
            yard.sling(
                inline_convoy(
                    f"mode-{mode}",
                    {"id": f"ap-{number}", "title": "Say hello", "description": _task(mode)},
                    agent=agent,
                    mergeStrategy="published",
                    agentConfig={
                        "image": IMAGES[agent],
                        "provider": "litellm",
                        "model": MODELS.get(agent, "stand-in"),
                        "modelProvider": {"endpoint": endpoint},
                        "parkSeconds": 0,
                        **_limits(agent, mode),
                    },
                ),
                rig,
            )
            for number, mode in enumerate(modes, 1)
        ]
        for each in slung:
            until(lambda each=each: bool(_end(each)), f"the end of {each.name}", seconds=600)
        ends = {mode: _end(each) for mode, each in zip(modes, slung, strict=True)}
    wrong = {
        mode: (end["reason"], end["summary"])
        for mode, end in ends.items()
        if end["reason"] not in _expected(agent, mode)
    }
    assert {} == wrong
    assert "hello\n" == yard.show("show", f"{ends['success']['branch']}:hello.txt")
    assert [] == [end["summary"] for end in ends.values() if "{" in end["summary"]]


@pytest.mark.parametrize(
    "recipe",
    [each for each in RECIPES if each.agent and each.agent not in IMAGES],
    ids=lambda each: each.agent,
)
def test_an_image_of_a_release_lands_a_bead(recipe: Recipe, cluster: Cluster, workers: str) -> None:
    """Its agent starts in a pod without root and with a root folder that nobody may write, and its commit is merged."""
    name = _brought(recipe, cluster)
    yard = Yard(cluster, workers)
    yard.open()
    cluster.apply(secret("model-key", workers, {"key": "sk-stand-in-0000"}))
    with _model() as endpoint:
        config = {
            "image": name,
            "provider": "litellm",
            "model": MODELS.get(recipe.agent, "stand-in"),
            "modelProvider": {"endpoint": endpoint},
            **PATIENT,
        }
        bead = {"id": "ap-1", "title": "Say hello", "description": _task("success")}
        convoy = inline_convoy("lands", bead, agent=recipe.agent, agentConfig=config)
        rig = {"apiKeySecretRef": {"name": "model-key", "key": "key"}, "resources": ROOMY}
        slung = yard.sling(convoy, yard.rig(rig))
        (ended,) = slung.observed(seconds=500).beads
    assert Stage.DONE == ended.stage, ended.message
    assert "hello\n" == yard.show("show", "main:hello.txt")
    assert ["README.md", "hello.txt"] == yard.show("ls-tree", "-r", "--name-only", "main").split()


def _brought(recipe: Recipe, cluster: Cluster) -> str:
    """The name under which the node has it now. It is not brought at every boot: most tests need none of them."""
    if cluster.site.mode is not Mode.FULL:
        pytest.skip("no node of this machine's to give an image to")
    if not agents.obtainable() or own_architecture() not in recipe.architectures:
        pytest.skip(f"{recipe.name} can't be had on this machine")
    name = f"{REGISTRY}/{recipe.name}:1"
    try:
        load(
            [Named(name, (image(recipe, source(), own_architecture()),))],
            cluster.own.folder / "containerd.sock",
        )
    except ImageError as error:
        pytest.skip(f"no image here: {error}")
    return name


def _end(slung: Slung) -> dict[str, str]:
    """What the first pod of an agent gave out, once it has ended: what may come to nothing only for now is tried again."""
    workflow = slung.yard.cluster.workflow(slung.name, slung.yard.namespace)
    for node in (workflow.get("status", {}).get("nodes") or {}).values():
        if node["name"].endswith("-work(0)") and node["phase"] in ("Succeeded", "Failed"):
            told = (node.get("outputs") or {}).get("parameters") or ()
            return {each["name"]: each.get("value", "") for each in told}
    return {}


def _expected(agent: str, mode: str) -> set[str]:
    """What finds nothing to publish has a reason of its own."""
    if mode == "question":
        return {"NoChanges"}
    if mode == "success":
        return {"Completed"}
    found = wanted(agent, mode) | ({"Refused"} if agent in SILENT.get(mode, ()) else set())
    return {_HELD.get(each, each) for each in found}


def _task(mode: str) -> str:
    return f"Make a file hello.txt that says hello, and commit it (stand-in:{mode})."
