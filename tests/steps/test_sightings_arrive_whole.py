"""What the courier tells `main` by a file arrives as it was told."""

import pytest

from workflows.steps.wall.door import Folder
from workflows.steps.wall.sighting import Asked, Beside, Ended, Other, Sighting
from workflows.transcript.report import Report

COMMIT, TREE = "1" * 40, "2" * 40
REPORT = Report(
    summary="done", tokens="12", cost="0.5", error="why", status=429, refused="no", spoke=True, cut=True
)
SIGHTING = Sighting(
    packs=3,
    looks=2,
    head=COMMIT,
    branch=COMMIT,
    tree=TREE,
    merging=(COMMIT,),
    under_way="git rebase",
    unmerged=("a",),
    undecided=("b",),
    others=(Other("side", COMMIT),),
    beside=(Beside("files", COMMIT, TREE),),
    left=("c",),
    active=4,
    ended=Ended(1, "Failed", "why", 1_780_000_000),
    lost="silent",
    final=True,
    told=REPORT,
)


@pytest.mark.parametrize("told", [Sighting(), SIGHTING], ids=["nothing", "every field"])
def test_a_sighting(tmp_path, told):
    """Each field comes back with its type."""
    with Folder.at(tmp_path) as folder:
        told.save(folder)
        assert Sighting.load(folder) == told


def test_no_field_is_left_out_here():
    """A field that is new has a value in the test above, other than its default."""
    for told in (REPORT, SIGHTING):
        bare = type(told)()
        assert [name for name in told._fields if getattr(told, name) == getattr(bare, name)] == []


def test_a_wish(tmp_path):
    """The other direction."""
    with Folder.at(tmp_path) as folder:
        Asked(look=7, done=True).save(folder)
        assert Asked.load(folder) == Asked(look=7, done=True)
