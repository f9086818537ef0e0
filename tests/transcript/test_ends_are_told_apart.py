"""Ends that an agent tells in much the same words are told apart: what a model declined, what broke, what a key does not allow."""

import datetime
import json

import pytest

from workflows.agents import presets, resolve
from workflows.exits import Reason
from workflows.transcript.follow import OUT, Transcript
from workflows.transcript.outcome import End, outcome

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
NO_FINISH = {"type": "INVALID_STREAM", "message": "Model stream ended without a finish reason."}
SAID = {"type": "message", "role": "assistant", "content": "I will", "delta": True}
TOOL = {"type": "tool_use", "tool_name": "run_shell_command", "parameters": {"command": "ls"}}
ENDED = {"type": "result", "status": "error", "error": NO_FINISH, "stats": {"total_tokens": 12}}


def _judged(folder, agent, printed, code=0):
    (folder / OUT).write_text(printed)
    orders = resolve(agent, None, presets())
    told = Transcript(folder, orders, show=lambda _text: None).end_run()
    return outcome(End(code), told.told, told.said, orders, NOW)


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        pytest.param([ENDED], Reason.REFUSED, id="not a word"),
        pytest.param([SAID, TOOL, ENDED], Reason.REFUSED, id="words of an earlier turn"),
        pytest.param([SAID, ENDED], Reason.FAILED, id="cut in its words"),
        pytest.param([SAID, SAID, ENDED], Reason.FAILED, id="cut each time that it asked again"),
        pytest.param([{"response": "", "error": NO_FINISH}], Reason.REFUSED, id="one object without words"),
        pytest.param([{"response": "I will", "error": NO_FINISH}], Reason.FAILED, id="one object, cut"),
    ],
)
def test_a_stream_that_broke_is_not_a_model_that_declined(tmp_path, printed, reason):
    """Gemini has one sentence for both; only a model that declined says nothing before it."""
    found = _judged(tmp_path, "gemini", "".join(f"{json.dumps(each)}\n" for each in printed))

    assert reason is found.reason
    assert "ended without a finish reason" in found.message


@pytest.mark.parametrize(
    "kind", ["BadRequestError: OpenAIException -", "APIError: APIError: OpenAIException -"]
)
def test_a_key_that_is_not_let_in_from_here_is_refused(tmp_path, kind):
    """Aider gives a 403 more than one name, wraps it at its terminal's width, and exits with 0."""
    found = _judged(
        tmp_path, "aider", f"Aider v0.86.2\n\nlitellm.{kind} Country, region, or territory not \nsupported\n"
    )

    assert Reason.AUTH_FAILED is found.reason
