"""What an agent says of its run is read where its preset says, and never trusted to be well-formed."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workflows.clean import clip
from workflows.orders import AgentOrders, AgentReport
from workflows.transcript.follow import Transcript
from workflows.transcript.report import Report
from workflows.transcript.streams import OUT

HOW = AgentReport(format="json", summary="result", cost="total.usd", tokens=("in", "out"), error="bad")
TOLD = {"result": "Done", "total": {"usd": 0.1}, "in": 3, "out": 4, "bad": False}
DONE = Report("Done", "7", "0.1", spoke=True)


def _read(folder, how):
    orders = AgentOrders(name="fake", command=("fake",), report=how)
    return Transcript(folder, orders, show=lambda _text: None).end_run().told


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        pytest.param(json.dumps(TOLD), DONE, id="one object"),
        pytest.param(json.dumps(TOLD, indent=2), DONE, id="pretty printed"),
        pytest.param(f"Hello\n{json.dumps(TOLD, indent=2)}\nbye", DONE, id="pretty printed among text"),
        pytest.param(
            f'{{"result": "first"}}\n{json.dumps(TOLD)}\nbye\n', DONE, id="the last line that is one"
        ),
        pytest.param(json.dumps([{"type": "init"}, TOLD]), DONE, id="an array"),
        pytest.param("", Report(), id="nothing"),
        pytest.param("{broken", Report(), id="broken"),
        pytest.param('{"result": ["x"], "total": 1, "in": "3"}', Report(spoke=True), id="other types"),
        pytest.param('{"in": 3}', Report(tokens="3", spoke=True), id="half of it"),
        pytest.param(
            '{"bad": true, "result": "No credit"}',
            Report(summary="No credit", error="No credit", spoke=True),
            id="an error",
        ),
        pytest.param(
            '{"bad": "overloaded"}', Report(error="overloaded", spoke=True), id="an error's own words"
        ),
        pytest.param(
            json.dumps({"bad": 'API: {"error":{"code":400,"message":"key not valid"}}.'}),
            Report(error="API: key not valid.", spoke=True),
            id="a server's whole answer",
        ),
    ],
)
def test_figures_are_found(tmp_path, output, expected):
    """Paths into the last object; what is not told is empty."""
    (tmp_path / OUT).write_text(output)
    assert expected == _read(tmp_path, HOW)


@pytest.mark.parametrize(
    "number",
    [
        "Infinity",
        "-Infinity",
        "NaN",
        "1e999",
        "9" * 4000,
        "9" * 5000,
        "[" * 100_000,
        '{"in":' * 100_000,
        "true",
    ],
    ids=[
        "infinite",
        "below",
        "nan",
        "too large",
        "digits",
        "more digits",
        "deep list",
        "deep object",
        "flag",
    ],
)
def test_numbers_that_are_none_are_survived(tmp_path, number):
    """An agent that prints what no sum takes has told no figure; its work is not touched by it."""
    (tmp_path / OUT).write_text(
        f'{{"result": "Done", "total": {{"usd": {number}}}, "in": {number}, "out": 1}}'
    )
    told = _read(tmp_path, HOW)
    assert (told.tokens in ("", "1"), told.cost) == (True, "")


def test_figures_of_all_lines_are_added_up(tmp_path):
    """Words are those of the last line that has them; a trouble that the agent got over is none."""
    how = AgentReport(
        format="lines",
        summary="type=text: part.text",
        cost="part.cost",
        tokens=('part.tokens."in.all"', "models.*.out"),
        error="error.message",
    )
    lines = [
        {"type": "text", "part": {"text": "first"}},
        {
            "type": "step",
            "part": {"cost": 0.25, "tokens": {"in.all": 3}},
            "models": {"a": {"out": 1}, "b": {"out": 2}},
        },
        {"type": "error", "error": {"message": "once more"}},
        {"type": "text", "part": {"text": "last"}},
        {"type": "tool", "part": {"text": "not mine"}},
        {"type": "step", "part": {"cost": 0.5, "tokens": {"in.all": 4}}},
    ]
    (tmp_path / OUT).write_text("\n".join(map(json.dumps, lines)))
    assert Report("last", "10", "0.75", spoke=True) == _read(tmp_path, how)


def test_plain_text_ends_with_the_summary(tmp_path):
    """Without a format the last lines are the summary."""
    (tmp_path / OUT).write_text("\n".join(f"line {number}" for number in range(100)) + "\n\n")
    summary = _read(tmp_path, AgentReport()).summary
    assert [f"line {number}" for number in range(92, 100)] == summary.splitlines()


def test_a_missing_output_is_an_empty_report(tmp_path):
    """An agent that never ran has said nothing."""
    assert Report() == _read(tmp_path, HOW)


@given(st.text(max_size=3000), st.integers(8, 2000))
def test_a_summary_fits(text, size):
    """At most so many bytes, whole characters, nothing lost that fits."""
    short = clip(text, size)
    assert len(short.encode()) <= size
    whole = text.strip().encode("utf-8", "replace").decode()
    assert short == whole or (short.endswith("…") and whole.startswith(short[:-1]))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda each: st.lists(each) | st.dictionaries(st.text(), each),
    )
)
def test_any_json_is_survived(tmp_path_factory, value):
    """No output of an agent makes publish fall."""
    folder = tmp_path_factory.mktemp("any")
    (folder / OUT).write_text(json.dumps(value))
    assert isinstance(_read(folder, HOW), Report)
