"""The real LiteLLM proxy in front of the stand-in: its configuration, and the process for as long as a block runs."""

import os
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import yaml
from trial.run import KEY

UPSTREAM = "sk-upstream-0000"
"""What it shows the models: no agent has it."""

PATIENCE = 240
"""Seconds for it to come up: 32 on a machine with much else to do."""

REFUSED = {"anthropic": "claude-sonnet-5", "openai": "over-openai-too", "google": "gemini-2.5-flash"}
"""Models that a test has refused: the gateway leaves one alone for a while whose key its vendor did not take."""

NAMES = {
    "anthropic": "claude-opus-4-8",
    "openai": "over-openai",
    "google": "gemini-2.5-pro",
}
"""How its users call a model, by the API that it asks for it. Gemini CLI takes Google's names only."""


def configuration(model):
    """One model for each dialect of the stand-in."""
    upstream = {
        "anthropic": {"model": "anthropic/claude-opus-4-8", "api_base": model},
        "openai": {"model": "openai/stand-in", "api_base": f"{model}/v1"},
        "google": {"model": "gemini/gemini-2.5-pro", "api_base": model},
    }
    return {
        "model_list": [
            {"model_name": name, "litellm_params": {**told, "api_key": UPSTREAM}}
            for api, told in upstream.items()
            for name in (NAMES[api], REFUSED[api])
        ],
        "litellm_settings": {"telemetry": False, "drop_params": True, "num_retries": 0},
        "general_settings": {"master_key": KEY},
    }


@contextmanager
def running(path, place, *, model, port):
    """The proxy's address, while the block runs; `path` holds its program, `place` its configuration and its log."""
    (place / "litellm.yaml").write_text(yaml.safe_dump(configuration(model)))
    words = (path / "litellm", "--config", place / "litellm.yaml", "--host", "127.0.0.1", "--port", port)
    environ = {
        "HOME": str(place),
        "PATH": f"{path}{os.pathsep}{os.environ['PATH']}",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_TELEMETRY": "False",
        "PYTHONUNBUFFERED": "1",
    }
    with (place / "litellm.log").open("wb") as log:
        server = subprocess.Popen(
            tuple(map(str, words)), env=environ, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=place
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _until_up(server, f"{address}/health/liveliness", place / "litellm.log")
            yield address
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _until_up(server, url, log):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                answer.read()
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise AssertionError(f"LiteLLM did not come up\n{log.read_text(errors='replace')[-3000:]}")
