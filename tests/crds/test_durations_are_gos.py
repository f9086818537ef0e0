import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crds
from crds.shapes import DURATION
from kubectl_gt.durations import Duration

UNITS = {"h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30s", 30),
        ("15m", 900),
        ("2h30m", 9000),
        ("1.5h", 5400),
        (".5m", 30),
        ("250ms", 0.25),
        ("0", 0),
        ("", 0),
    ],
)
def test_a_duration_has_its_seconds(text, length):
    """The forms that people write in manifests; empty is no duration at all."""
    assert crds.seconds(text) == pytest.approx(length)


@pytest.mark.parametrize("text", ["30s", "2h30m", ".5m", "1.h", "250us", "0"])
def test_the_command_line_reads_what_a_manifest_may_say(text):
    """One reader: `--timeout .5m` is as good as `deadline: .5m`."""
    assert (crds.seconds(text) or None) == Duration().convert(text, None, None)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(sorted(UNITS))), min_size=1, max_size=5))
def test_parts_add_up(parts):
    """Any row of parts is a duration, and no unit is taken for the start of another: `m` is not `ms`."""
    text = "".join(f"{amount}{unit}" for amount, unit in parts)

    assert re.fullmatch(DURATION.pattern, text)
    assert crds.seconds(text) == pytest.approx(sum(amount * UNITS[unit] for amount, unit in parts))
