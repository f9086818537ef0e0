"""The description that Argo's list shows: one line for all beads, a table with a line for each, and nobody's markup."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from workflows.observe import describe
from workflows.observe.overview import Row, description, heading, standing

RED = "main: Error (exit code 31): a does not pass: gate test (exit 1): see the log"


def _told(story, **titles):
    return describe(story.observe(), titles, again="kubectl gt convoy resume c").splitlines()


def test_before_anything_ran(story):
    """The graph to come, and what waits for what."""
    lines = _told(story({"a": [], "b": ["a"]}), a="First", b="Second")

    assert "0/2 merged" == lines[0]
    assert [
        "| a | First | waiting | ready to start |  |  |",
        "| b | Second | waiting | waits for a \\(waiting\\) |  |  |",
    ] == lines[4:]


def test_every_way_to_end(story):
    """Merged with its commit, failed with its reason, omitted with the one to blame, and what it cost together."""
    told = story({"a": [], "b": [], "c": ["b"]}).done("a")
    told.node("a.a-work(1)", "Failed", outputs={"cost": "0.7"})
    told.node("b", "Failed", kind="DAG").worked("b", cost="0.5").node("b.b-merge", "Failed", kind="Retry")
    told.node("b.b-merge(0)", "Failed", RED, code=31).node("c", "Omitted", kind="Skipped").ended("Failed")

    lines = _told(told)

    assert "1/3 merged, 2 failed, $1.20. To work again what failed: `kubectl gt convoy resume c`" == lines[0]
    assert f"| a |  | merged |  | \\$0\\.70 | {'f' * 12} |" == lines[4]
    assert lines[5].startswith(
        "| b |  | failed | a does not pass\\: gate test \\(exit 1\\)\\: see the log | \\$0\\.50 |"
    )
    assert "| c |  | omitted | cannot start\\: b failed |  |  |" == lines[6]


def test_nothing_is_to_be_done_while_it_runs(story):
    """The command that works failed beads again is told at the end."""
    told = story({"a": [], "b": []}).node("a", "Failed", kind="DAG").node("a.a-work", "Failed", code=10)

    assert "0/2 merged, 1 failed" == _told(told)[0]


def test_published_is_called_so(story):
    """Where nothing is to be merged."""
    told = story({"a": []}, merges=False).node("a", "Succeeded", kind="DAG").worked("a")

    assert "1/1 published" == _told(told)[0]


@pytest.mark.parametrize(
    ("told", "title"),
    [({}, "bakery on pods"), ({"train": 2, "trains": 3}, "bakery on pods (2/3)")],
    ids=["one train", "several"],
)
def test_the_title_is_short(told, title):
    """Argo cuts it."""
    assert title == heading("bakery", "pods", **told)


MARKUP = st.sampled_from(
    [
        "|",
        "`",
        "[x](http://y)",
        "<b>",
        "**",
        "\n",
        "\r",
        "# ",
        "\\",
        "{{",
        "www.x.y",
        "me@x.org",
        "https://x",
        "\x1b[31m",
        "\u202e",
        "~~",
        "&amp;",
        "![i](j)",
        "😀",
        "- ",
    ]
)


@given(st.lists(MARKUP | st.text(max_size=8), max_size=8).map("".join))
def test_titles_can_not_become_markup(title):
    """Whatever people wrote is one cell of text, in a renderer with tables, strikethrough and links of its own."""
    text = description([Row(bead="a", title=title, state="waiting")])

    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    inline = [each for each in tokens if each.type == "inline"]
    assert 1 + 2 * 6 == len(inline)
    assert {"text", "text_special"} >= {child.type for each in inline for child in each.children}
    assert "://" not in text
    assert "{{" not in text


def test_a_hundred_beads_fit_an_annotation():
    """All annotations of an object together may have 256 KiB."""
    row = Row(bead="b" * 63, title="t" * 5000, state="failed", why="w" * 5000, cost=1.0, commit="f" * 64)

    text = description([row] * 100)

    assert len(json.dumps(text)) < 64 * 1024
    assert standing([row] * 100) == "0/100 merged, 100 failed, $100.00"
