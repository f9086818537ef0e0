"""What a person does not see on the rendered page reaches no agent."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.convoys.text import line, visible

TRICKS = (
    "<!-- {} -->",
    "<!--{}",
    "<details><summary>more</summary>\n\n{}\n\n</details>",
    '<img src="x" alt="{}">',
    "![{}](https://x)",
    '[see](https://x "{}")',
    "[r]: https://x '{}'",
    '<span title="{}">see</span>',
    "<span hidden>{}</span>",
    '<p style="display:none">{}</p>',
    '<div style="font-size:0">\n{}\n</div>',
    "<template>{}</template>",
    "<script>{}</script>",
    "<style>{}</style>",
    "<?php {} ?>",
    "<![CDATA[{}]]>",
    "<!DOCTYPE {}>",
    '<a name="{}"></a>',
    "<svg><text>{}</text></svg>",
)
WORDS = st.text(st.characters(categories=["L", "N", "Zs"], codec="utf-8"), max_size=40)


@pytest.mark.parametrize("trick", TRICKS)
@settings(max_examples=10, deadline=None)
@given(before=WORDS, after=WORDS)
def test_nothing_hidden_remains(trick, before, after):
    """Whatever stands around it."""
    shown = visible(f"{before}\n\n{trick.format('hiddenmark')}\n\n{after}")
    assert "hiddenmark" not in shown


@pytest.mark.parametrize(
    "character",
    ["\u200b", "\u202e", "\u2066", "\ufeff", "\U000e0041", "\u3164", "\u2800", "\u00ad", "\ufe0f"],
)
def test_characters_that_draw_nothing_go(character):
    """Also when written as an entity, and in titles."""
    assert visible(f"a{character}b &#{ord(character)};c") == "ab c"
    assert line(f"a{character}b", most=9) == "ab"


def test_code_stays_as_it_was_written():
    """What looks like markup there is what the page shows."""
    shown = visible("Use `List<String>`:\n\n```java\nList<String> x; // <!-- seen -->\n```\n\n* one\n* two\n")
    assert "`List<String>`" in shown
    assert "List<String> x; // <!-- seen -->" in shown
    assert "- one" in shown


def test_where_links_lead_is_shown():
    """The address is what a person sees in the corner of the window."""
    assert visible("[docs](https://example.com/a)") == "docs (https://example.com/a)"
