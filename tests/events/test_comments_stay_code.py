"""Words of others in our comment on an issue stay inside of their code span, and are seen as they are."""

import pytest

from crds import Convoy, Polecat
from events.answers.wording import Told, code, comment


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\u200b", "\ufeff", "\x1b[31m"])
def test_what_is_not_seen_is_dropped(hidden):
    """Controls that turn the order of letters, that have no width, or that a terminal takes for commands."""
    assert hidden not in code(f"one{hidden}two")
    assert hidden not in comment("app", (), refusal=f"one{hidden}two")


@pytest.mark.parametrize("bead", ["a`@all`b", "a``b", "a\u202eb"])
def test_a_branch_does_not_end_its_code_span(bead):
    """A bead's id is another's word, and the branch is named after it."""
    told = {"metadata": {"name": "p"}, "spec": {"rig": "app"}, "status": {"phase": "Done"}}
    idle = Polecat.model_validate(told)
    polecat = idle.model_copy(update={"spec": idle.spec.model_copy(update={"bead_id": bead})})
    spec = {"description": "d", "rigRef": "app", "trackedBeads": ["app-1"]}
    convoy = Convoy.model_validate({"metadata": {"name": "c"}, "spec": spec})
    line = comment("app", [Told(convoy, [polecat])]).splitlines()[-1]
    assert line.count("`") == 2, line
    assert line.endswith("`")
    assert "\u202e" not in line
