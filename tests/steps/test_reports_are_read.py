"""What an agent says of its run is read where its preset says, and never trusted to be well-formed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.orders import AgentReport
from workflows.steps.report import Report, clip, read

HOW = AgentReport(format="json", summary="result", cost="total.usd", tokens=("in", "out"), error="bad")
TOLD = {"result": "Done", "total": {"usd": 0.1}, "in": 3, "out": 4, "bad": False}


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        pytest.param(json.dumps(TOLD), Report("Done", "7", "0.1"), id="one object"),
        pytest.param(json.dumps(TOLD, indent=2), Report("Done", "7", "0.1"), id="pretty printed"),
        pytest.param(
            f'{{"result": "first"}}\n{json.dumps(TOLD)}\nbye\n',
            Report("Done", "7", "0.1"),
            id="the last line that is one",
        ),
        pytest.param(json.dumps([{"type": "init"}, TOLD]), Report("Done", "7", "0.1"), id="an array"),
        pytest.param("", Report(), id="nothing"),
        pytest.param("{broken", Report(), id="broken"),
        pytest.param('{"result": ["x"], "total": 1, "in": "3"}', Report(), id="other types"),
        pytest.param('{"in": 3}', Report(tokens="3"), id="half of it"),
        pytest.param(
            '{"bad": true, "result": "No credit"}',
            Report(summary="No credit", error="No credit"),
            id="an error",
        ),
        pytest.param('{"bad": "overloaded"}', Report(error="overloaded"), id="an error's own words"),
    ],
)
def test_figures_are_found(tmp_path, output, expected):
    """Dotted paths into the last object; what is not told is empty."""
    path = tmp_path / "out"
    path.write_text(output)
    assert read(path, HOW) == expected


def test_plain_text_ends_with_the_summary(tmp_path):
    """Without a format the last lines are the summary."""
    path = tmp_path / "out"
    path.write_text("\n".join(f"line {number}" for number in range(100)) + "\n\n")
    assert read(path, AgentReport()).summary.splitlines() == [f"line {number}" for number in range(92, 100)]


def test_a_missing_output_is_an_empty_report(tmp_path):
    """An agent that never ran has said nothing."""
    assert read(tmp_path / "none", HOW) == Report()


@given(st.text(max_size=3000), st.integers(8, 2000))
def test_a_summary_fits(text, size):
    """At most so many bytes, whole characters, nothing lost that fits."""
    short = clip(text, size)
    assert len(short.encode()) <= size
    whole = text.strip().encode("utf-8", "replace").decode()
    assert short == whole or (short.endswith("…") and whole.startswith(short[:-1]))


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda each: st.lists(each) | st.dictionaries(st.text(), each),
    )
)
def test_any_json_is_survived(tmp_path_factory, value):
    """No output of an agent makes publish fall."""
    path = tmp_path_factory.mktemp("any") / "out"
    path.write_text(json.dumps(value))
    assert isinstance(read(path, HOW), Report)
