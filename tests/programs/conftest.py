"""Real agents, as their registries ship them, in front of a stand-in for their models or of a LiteLLM before it: `make test-agents`."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from trial.gateway import running
from trial.install import CACHE, GATEWAY, HERE, Programs
from trial.run import KEY, MODELS, Run

from crds import AgentConfig
from workflows.agents import presets, resolve


@pytest.fixture(scope="session")
def programs():
    """All that were asked for so far."""
    return Programs()


@pytest.fixture(scope="session")
def model():
    """The address of the stand-in."""
    port = _free_port()
    server = subprocess.Popen(
        (sys.executable, "-m", "standin", str(port)), cwd=HERE, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.kill()
    server.wait()


@pytest.fixture(scope="session")
def gateway(programs, model):
    """The address of a real LiteLLM in front of it."""
    path, place = programs.of(GATEWAY), CACHE / "runs" / f"gateway-{os.getpid()}"
    place.mkdir(parents=True, mode=0o700)
    with running(path, place, model=model, port=_free_port()) as address:
        yield address
    shutil.rmtree(place, ignore_errors=True)


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def private(request):
    """A directory that only we can write, at every level: Gemini reads no settings below another."""
    name = hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:12]
    place = CACHE / "runs" / f"{name}-{os.getpid()}"
    place.mkdir(parents=True, mode=0o700)
    yield place
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def start(programs, model, private):
    """Start an agent on a task that names the stand-in's mode."""
    started = []

    def begin(agent, mode, *, key=KEY, **config):
        path = programs.of(agent)
        told = {
            "provider": "litellm",
            "model": MODELS.get(agent, "stand-in"),
            "modelProvider": {"endpoint": model},
            "parkSeconds": 0,
            **config,
        }
        orders = resolve(agent, AgentConfig.model_validate(told), presets())
        made = Run(
            private / mode,
            path,
            orders,
            f"Make a file hello.txt that says hello, and commit it (stand-in:{mode}).\n",
            key=key,
        )
        started.append(made)
        return made

    yield begin
    for each in started:
        if each.launcher.poll() is None:
            each.launcher.terminate()
            each.launcher.wait(120)


@pytest.fixture(scope="session")
def seen():
    """Where each test notes what it saw, for the table in the docs: one file each, as tests run in several processes."""
    place = os.environ.get("GASTOWN_AGENTS_SEEN")
    if place:
        Path(place).mkdir(parents=True, exist_ok=True)

    def note(agent, mode, reason):
        if place:
            (Path(place) / f"{agent}.{mode}.json").write_text(json.dumps([agent, mode, reason]))

    return note
