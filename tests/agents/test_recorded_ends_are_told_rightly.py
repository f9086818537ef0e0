"""How real agents ended, as it was recorded from their programs against failing models: each end has its one reason."""

import datetime
import json
from pathlib import Path

import pytest

from workflows.agents import presets, resolve
from workflows.exits import Reason
from workflows.transcript.follow import Transcript
from workflows.transcript.outcome import End, outcome
from workflows.transcript.streams import ERR, OUT

RECORDED = Path(__file__).parents[3] / "shared" / "data" / "agents" / "transcripts"
NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
WANTED = {
    "auth401": Reason.AUTH_FAILED,
    "auth401final": Reason.AUTH_FAILED,
    "forbidden403": Reason.AUTH_FAILED,
    "rate429": Reason.RATE_LIMITED,
    "rate429final": Reason.RATE_LIMITED,
    "longwait": Reason.RATE_LIMITED,
    "overload": Reason.RATE_LIMITED,
    "quota": Reason.BUDGET_EXCEEDED,
    "overflow": Reason.CONTEXT_EXCEEDED,
    "notfound": Reason.MODEL_MISSING,
    "refusal": Reason.REFUSED,
    "error500": Reason.FAILED,
    "cutstream": Reason.FAILED,
    "down": Reason.FAILED,
    "hang": Reason.FAILED,
    "stall": Reason.FAILED,
}
"""What a mode of the model leads to; any other mode, where the agent ends with 0, to Completed."""

OTHERWISE = {
    # Codex says that there is high demand, and does not tell a crash from a crowd.
    ("codex-gateway-quiet", "error500"): Reason.RATE_LIMITED,
    ("claude-budget", "loop"): Reason.BUDGET_EXCEEDED,
    ("claude-hard", "loop"): Reason.FAILED,
    ("claude-maxturns", "loop"): Reason.FAILED,
    ("qwen-openai", "loop"): Reason.FAILED,
}
"""Where an agent can't be read better, or its options end it."""

EMPTY = {"codex", "opencode"}
"""Agents that end with 0 and say nothing where their model declines: judged when nothing is found to publish."""


def _agent(variant):
    name = variant.removeprefix("drop-").removeprefix("litellm-").removeprefix("stdin-").partition("-")[0]
    return {"claude": "claude-code"}.get(name, name)


def _runs():
    for file in sorted(RECORDED.glob("*/*.json")):
        told = json.loads(file.read_text())
        if not told.get("ended_by"):
            yield pytest.param(file, told, id=f"{file.parent.name}/{file.stem}")


def _wanted(variant, mode, told, agent):
    if (variant, mode) in OTHERWISE:
        return OTHERWISE[variant, mode]
    if variant.endswith(("-wrongkey", "-gpt-auth")):
        return Reason.AUTH_FAILED
    if variant.startswith("litellm-") and told["exit"]:
        return _behind_litellm(variant)
    if variant in ("gemini-nosettings", "gemini-preset"):
        return Reason.AUTH_FAILED
    if variant in ("opencode-preset-unknownmodel-logs", "opencode-preset-nokey-logs"):
        return Reason.MODEL_MISSING
    if variant == "gemini-preset-withauth" or (variant.startswith("opencode-preset-") and told["exit"]):
        return Reason.FAILED
    if mode == "refusal" and agent in EMPTY:
        return Reason.COMPLETED
    if agent == "aider" and mode == "stall":
        return Reason.COMPLETED
    return WANTED.get(mode, Reason.COMPLETED)


def _behind_litellm(variant):
    if variant.endswith("-full"):
        return Reason.CONTEXT_EXCEEDED
    if variant.endswith(("-rate", "-auth")):
        return Reason.RATE_LIMITED
    return Reason.MODEL_MISSING


@pytest.mark.skipif(
    not RECORDED.is_dir(), reason="the recorded runs lie outside of this repository, and are not here"
)
@pytest.mark.parametrize(("file", "told"), list(_runs()))
def test_a_recorded_end_has_its_reason(file, told, tmp_path):
    """By the agent's preset alone."""
    agent = _agent(file.parent.name)
    (tmp_path / OUT).write_bytes(file.with_suffix(".stdout").read_bytes())
    (tmp_path / ERR).write_bytes(file.with_suffix(".stderr").read_bytes())
    orders = resolve(agent, None, presets())
    transcript = Transcript(tmp_path, orders, show=lambda _text: None)

    judged = transcript.end_run()
    found = outcome(End(told["exit"]), judged.told, judged.said, orders, NOW)

    assert _wanted(file.parent.name, file.stem, told, agent) is found.reason, found.message
    assert found.message.isprintable()
    if found.reason is not Reason.COMPLETED:
        assert "{" not in found.message
