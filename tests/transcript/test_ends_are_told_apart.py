"""Ends that an agent tells in much the same words are told apart: what a model declined, what broke, what a key does not allow."""

import datetime
import json

import pytest

from workflows.agents import presets, resolve
from workflows.exits import Reason
from workflows.transcript.follow import Transcript
from workflows.transcript.outcome import End, outcome
from workflows.transcript.streams import OUT

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
NO_FINISH = {"type": "INVALID_STREAM", "message": "Model stream ended without a finish reason."}
SAID = {"type": "message", "role": "assistant", "content": "I will", "delta": True}
TOOL = {"type": "tool_use", "tool_name": "run_shell_command", "parameters": {"command": "ls"}}
ENDED = {"type": "result", "status": "error", "error": NO_FINISH, "stats": {"total_tokens": 12}}


def _judged(folder, agent, printed, **end):
    (folder / OUT).write_text(printed)
    orders = resolve(agent, None, presets())
    told = Transcript(folder, orders, show=lambda _text: None).end_run()
    return outcome(End(**{"code": 0} | end), told.told, told.said, orders, NOW)


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


def test_an_agent_that_asks_again_for_ever_is_told_by_what_it_was_told(tmp_path):
    """Aider waits longer and longer for a key that no wait makes good, until its time is over."""
    printed = (
        "litellm.APIError: APIError: OpenAIException - Country, region, or territory not \nsupported\n"
        "Retrying in 32.0 seconds...\nTerminated\n"
    )
    found = _judged(tmp_path, "aider", printed, code=143, timed_out="aider was stopped after its 90 seconds")

    assert Reason.AUTH_FAILED is found.reason
    assert "litellm.APIError" in found.message


def test_work_on_a_log_in_is_no_refused_key(tmp_path):
    """An agent that is ended for its silence is judged by its preset's patterns, not by any word of its work."""
    said = {**SAID, "content": "I test what happens when authentication fails with 401 Unauthorized"}
    found = _judged(tmp_path, "gemini", json.dumps(said), code=143, timed_out="gemini was stopped")

    assert Reason.TIMED_OUT is found.reason


def test_copilots_sentence_for_a_refusal_is_one(tmp_path):
    """It exits with 0 and says it as if its model had."""
    words = "The model returned no content because the response was blocked by content filtering."
    printed = json.dumps({"type": "assistant.message", "data": {"content": words}})

    assert (Reason.REFUSED, True) == (
        (found := _judged(tmp_path, "copilot", printed)).reason,
        words.rstrip(".") in found.message,
    )
    done = {"type": "assistant.message", "data": {"content": "I mended the content filtering."}}
    assert Reason.COMPLETED is _judged(tmp_path, "copilot", json.dumps(done)).reason


def _again(status):
    return {"type": "system", "subtype": "api_retry", "attempt": 1, "error_status": status}


COOLING = (
    "API Error: Request rejected (429) · No deployments available for selected model, Try again in 5 seconds."
)
LIMITED = {"type": "result", "is_error": True, "api_error_status": 429, "result": COOLING}


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        pytest.param([_again(401), _again(429), LIMITED], Reason.AUTH_FAILED, id="a refused key before"),
        pytest.param([_again(429), _again(529), LIMITED], Reason.RATE_LIMITED, id="a limit before"),
    ],
)
def test_a_gateway_that_puts_a_refused_key_away_is_no_limit(tmp_path, printed, reason):
    """LiteLLM answers 429 once its model's vendor has answered 401; Claude Code asks again meanwhile."""
    found = _judged(tmp_path, "claude-code", "".join(f"{json.dumps(each)}\n" for each in printed), code=1)

    assert reason is found.reason
