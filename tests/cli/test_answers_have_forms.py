import json
import re

import pytest
import yaml

LISTS = {
    "rig list": {"app"},
    "convoy list": {"build", "nux"},
    "polecat list": {"nux", "app-1", "app-2"},
    "polecat list app": {"nux", "app-1", "app-2"},
    "beads ready": {"app-3", "app-4"},
    "agents list": {"claude-code", "custom"},
}


def _named(item):
    metadata = item.get("metadata", {})
    return {metadata.get("name"), item.get("id"), item.get("name"), item.get("spec", {}).get("beadID")} - {
        None
    }


@pytest.mark.parametrize("words", LISTS)
def test_a_list_is_a_table_an_array_documents_or_names(look, words):
    """The same things in every form; JSON is one array, so `jq '.[]'` works."""
    wanted = LISTS[words]
    array = look(*words.split(), "-o", "json").json
    documents = [*yaml.safe_load_all(look(*words.split(), "-o", "yaml").out)]
    assert array == documents
    assert wanted <= set().union(*map(_named, array))
    narrow = look(*words.split()).out.splitlines()
    wide = look(*words.split(), "-o", "wide").out.splitlines()
    names = look(*words.split(), "-o", "name").out.splitlines()
    assert len(array) == len(narrow) - 1 == len(wide) - 1 == len(names)
    assert narrow[0].split() == wide[0].split()[: len(narrow[0].split())]


@pytest.mark.parametrize(
    "words", ["rig status app", "convoy status build", "polecat status app/nux", "beads show app-1"]
)
def test_one_thing_is_one_object(look, words):
    """Scripts read a status without unpacking a list."""
    answer = look(*words.split(), "-o", "json").json
    assert isinstance(answer, dict)
    assert answer == yaml.safe_load(look(*words.split(), "-o", "yaml").out)
    assert 0 == look(*words.split()).code


def _texts(value):
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value


def test_a_program_gets_defaults_and_times_as_kubectl_prints_them(look):
    """What nobody set counts all the same, and `sort` and `date` read the times."""
    spec = look("rig", "status", "app", "-o", "json").json["spec"]
    assert (8, "mad-max", 50) == (
        spec["settings"]["maxPolecats"],
        spec["settings"]["namepoolTheme"],
        spec["clone"]["depth"],
    )
    for words in ("rig status app", "convoy status build", "polecat status app/nux"):
        times = [
            each
            for each in _texts(look(*words.split(), "-o", "json").json)
            if re.match(r"\d{4}-\d\d-\d\dT", each)
        ]
        assert times
        assert [] == [each for each in times if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", each)]


@pytest.mark.parametrize(
    ("words", "columns"),
    [
        ("rig list", "NAME PREFIX GIT-URL PHASE AGE"),
        ("convoy list", "ID DESCRIPTION COMPLETED PENDING PHASE AGE FAILED COST"),
        ("polecat list", "NAME RIG BEAD PHASE POD AGE"),
    ],
)
def test_columns_are_those_of_gastown_operator(look, words, columns):
    """`awk '{print $4}'` goes on working."""
    assert columns.split() == look(*words.split()).out.splitlines()[0].split()


def test_an_empty_list_is_empty_for_a_program(here):
    """`[]` to parse, nothing to loop over, and a word for people beside it."""
    assert [] == here("convoy", "list", "-o", "json").json
    assert "" == here("convoy", "list", "-o", "name").out
    listed = here("convoy", "list")
    assert (0, "", "No convoys found.\n") == (listed.code, listed.out, listed.err)


def test_a_pasted_name_is_understood(look):
    """What `-o name` prints goes back into any verb."""
    for words in (["polecat", "status"], ["convoy", "status"], ["rig", "status"]):
        for name in look(words[0], "list", "-o", "name").out.split():
            assert 0 == look(*words, name).code


def test_a_pipe_gets_neither_colour_nor_cuts(worked):
    """A long path is whole, and no escape reaches a file, not even one out of a title."""
    listed = worked("rig", "list", environ={"COLUMNS": "20", "FORCE_COLOR": ""})
    assert str(worked.origin) in listed.out
    assert "\x1b" not in listed.out + worked("convoy", "status", "build").out


def test_titles_are_text_not_markup(look):
    """Who writes a bead does not write to the terminal."""
    assert "Raise [bold]walls[/bold]" in look("convoy", "status", "build").out


def test_status_tells_each_beads_fate(look):
    """What was merged as which commit, and why something was not."""
    good = look("convoy", "status", "build").out
    assert "Complete" in good
    assert "2/2 (100%)" in good
    assert 2 == good.count("merged as ")
    bad = look("polecat", "status", "app/nux").out
    assert "Escalated" in bad
    assert "which colour?" in bad


def test_logs_of_the_agent_of_others_and_their_tail(look):
    """`kubectl gt polecat logs` and its options."""
    assert "nux works on app-4\n" == look("polecat", "logs", "app/nux").out
    assert "nux works on app-4\n" == look("polecat", "logs", "nux", "--follow").out
    assert "" == look("polecat", "logs", "nux", "--tail", "0").out
    assert "which colour?" in look("polecat", "logs", "nux", "-c", "main", "--tail=1").out
    wrong = look("polecat", "logs", "nux", "-c", "nobody")
    assert 4 == wrong.code
    assert "choose a container of: courier, custom, git-init, main" in wrong.error


def test_beads_are_shown_whole(look):
    """A bead with its text, and what it waits for."""
    shown = look("beads", "show", "app-4", "app").out
    assert "Asks" in shown
    assert "give up" in shown
    assert "app-1" in look("beads", "show", "app-2").out
    missing = look("beads", "show", "app-77")
    assert 4 == missing.code
    assert missing.error.startswith("bead app-77: not found on rig app; ")


def test_the_version_and_the_login_are_told(look):
    """Small things that a bug report needs."""
    assert look("version").out.startswith("gastown 0.")
    assert {"version"} == json.loads(look("version", "-o", "json").out).keys()
    assert "Log-in" in look("auth", "status").out
    assert 0 == look("auth", "sync").code
