"""What counts as work is the difference to what clone laid out: never a file that nobody touched, never the agent's own droppings."""

import pytest

from workflows.exits import Reason

WINDOWS = "one\r\ntwo\r\n"


def changed(town):
    """The files that the work branch changes."""
    return town.git("diff", "--name-only", "main", "polecat/gt-1").splitlines()


@pytest.fixture
def odd(town):
    """A repository whose files are not as its attributes would have them: a fresh clone shows them as modified."""
    town.commit("odd", {"windows.txt": WINDOWS, "run.sh": "#!/bin/sh\n"})
    town.commit("attributes", {".gitattributes": "* text=auto eol=lf\n"})
    return town


def test_line_ends_that_nobody_touched_stay(odd):
    """Git would take them for changes."""
    odd.script("echo new > new")
    assert odd.polecat().code == 0
    assert changed(odd) == ["new"]
    assert odd.git("cat-file", "-s", "polecat/gt-1:windows.txt") == str(len(WINDOWS))


def test_a_repository_that_looks_modified_from_the_start_is_no_work(odd):
    """Its agent did nothing."""
    odd.script("git status > /dev/null; touch windows.txt run.sh")
    assert odd.polecat().code == Reason.NO_CHANGES.value


def test_a_change_that_was_taken_back_is_no_work(odd):
    """Between two looks at its files, too."""
    odd.script(
        "cp windows.txt ../kept; echo three >> windows.txt; sleep 1.5; cp ../kept windows.txt; echo new > new"
    )
    assert odd.polecat().code == 0
    assert changed(odd) == ["new"]


def test_a_mode_is_work_where_the_agent_changed_it(odd):
    """And nowhere else."""
    odd.script("chmod +x run.sh")
    assert odd.polecat().code == 0
    assert changed(odd) == ["run.sh"]


def test_the_agents_own_files_are_no_work(town):
    """Its transcript and its caches, by its preset; what it committed of them itself is left."""
    agent = {"droppings": (".aider*",)}
    town.script(
        "echo chat > .aider.chat.history.md; mkdir .aider.tags; echo 1 > .aider.tags/db; echo code > code",
        agent,
    )
    assert town.polecat().code == 0
    assert changed(town) == ["code"]


def test_nothing_but_the_agents_own_files_is_no_change(town):
    """Then there is nothing to merge."""
    town.script("echo chat > .aider.chat.history.md", {"droppings": (".aider*",)})
    assert town.polecat().code == Reason.NO_CHANGES.value
