"""A sentence on a terminal: folded between words, its commands whole."""

import pytest

from kubectl_gt.show.console import folded


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        pytest.param("short", ["short"], id="short"),
        pytest.param("", [""], id="empty"),
        pytest.param("exactly twenty chars", ["exactly twenty chars"], id="fits"),
        pytest.param("  next: do it now or never", ["  next: do it now or", "    never"], id="deeper"),
        pytest.param("then `gt rig set x` again", ["then `gt rig set x`", "  again"], id="whole command"),
        pytest.param("see `a long command to copy`; go", ["see", "  `a long command to copy`;", "  go"], id="long"),
        pytest.param("a ` alone is nothing to keep", ["a ` alone is nothing", "  to keep"], id="one backtick"),
        pytest.param("漢字漢字 漢字漢字 漢字漢字", ["漢字漢字 漢字漢字", "  漢字漢字"], id="wide letters"),
    ],
)  # fmt: skip
def test_a_sentence_is_folded_between_words(line, rows):
    """In twenty columns."""
    assert rows == [*folded(line, 20)]
