"""A pull request closes the issue that asked for it, and no other repository's issue of the same number."""

import pytest

from workflows.refinery.modes.pr.keyword import closing

HUB, LAB = "https://github.com/o/app/commit/{}", "https://gitlab.com/o/app/-/commit/{}"


@pytest.mark.parametrize(
    ("source", "page", "line"),
    [
        pytest.param("https://github.com/o/app/issues/5", HUB, "Closes #5", id="issue"),
        pytest.param("https://github.com/o/app/issues/5#issuecomment-9", HUB, "Closes #5", id="comment"),
        pytest.param("https://gitlab.com/o/app/-/issues/5", LAB, "Closes #5", id="gitlab"),
        pytest.param("https://github.com/o/other/issues/5", HUB, "", id="another repository"),
        pytest.param("https://github.com/o/app/pull/5", HUB, "", id="pull request"),
        pytest.param("https://github.com/o/app/issues/5", "", "", id="unknown forge"),
        pytest.param("", HUB, "", id="no event"),
    ],
)
def test_the_issue_that_asked_is_named(source, page, line):
    """By the event's address, which the convoy carries."""
    assert line == closing(source, page)
