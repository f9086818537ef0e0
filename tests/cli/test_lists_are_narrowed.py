"""Lists of what one looks for: of one rig, in one phase, what has not ended; and a line more for each change."""

from types import SimpleNamespace

import pytest

from crds import Convoy
from kubectl_gt.show import listing
from workflows.local.home import Home
from workflows.local.town import LocalTown


@pytest.mark.parametrize(
    ("words", "names"),
    [
        pytest.param("convoy list", ["build", "nux"], id="all"),
        pytest.param("convoy list --active", [], id="active"),
        pytest.param("convoy list --phase Failed", ["nux"], id="phase"),
        pytest.param("convoy list --phase Failed --phase Complete", ["build", "nux"], id="two phases"),
        pytest.param("convoy list --rig app --phase Complete", ["build"], id="rig and phase"),
        pytest.param("polecat list app --phase Stuck", ["nux"], id="a rig's polecats"),
        pytest.param("polecat list --active", [], id="active polecats"),
    ],
)
def test_a_list_holds_what_was_asked_for(look, words, names):
    """As names; an empty one is no failure."""
    found = look(*words.split(), "-o", "name")
    assert (0, names) == (found.code, [each.rpartition("/")[2] for each in found.out.split()])


def test_a_list_of_an_unknown_rig_names_those_there_are(look):
    """Instead of nothing, which would look like the answer."""
    for words in (("convoy", "list", "--rig", "ap"), ("polecat", "list", "ap")):
        found = look(*words)
        assert 4 == found.code
        assert "did you mean app?" in found.error


def test_a_watched_list_says_what_changed(gastown, here, monkeypatch):
    """The list, then a row for what is new, and no row where nothing is; Ctrl-C ends it as it should."""
    gastown.rig()
    town = LocalTown(Home.of_user())

    def convoy(name):
        spec = {"description": "d", "rigRef": "app", "beads": [{"id": "ap-1", "title": "t"}]}
        town.convoys.create(Convoy.model_validate({"metadata": {"name": name}, "spec": spec}))

    def interrupt():
        raise KeyboardInterrupt

    convoy("first")
    looks = iter([lambda: None, lambda: convoy("second"), lambda: None, interrupt])
    monkeypatch.setattr(listing, "time", SimpleNamespace(sleep=lambda _: next(looks)()))
    watched = here("convoy", "list", "-w")
    town.store.close()
    assert 0 == watched.code, watched.err
    assert ["ID", "first", "second"] == [line.split()[0] for line in watched.out.splitlines()]
