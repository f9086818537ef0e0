"""Bad input: one line that names the object and the next step, and nothing was made."""

import pytest

from crds import Convoy, Rig
from workflows.errors import (
    BeadRefused,
    BeadsUnreadable,
    DependencyCycle,
    Missing,
    Occupied,
    Refused,
    Unavailable,
)
from workflows.labels import BEADS_FILE

BEADS = '{"id": "ap-1"}\n{"id": "ap-2", "dependencies": [{"depends_on_id": "ap-1"}]}\n'


def _rig(town, url, **spec):
    told = {"gitURL": str(url), "beadsPrefix": "ap"} | spec
    return town.local.rigs.create(Rig.model_validate({"metadata": {"name": "app"}, "spec": told}))


def _create(town, **spec):
    told = {"description": "d", "rigRef": "app"} | spec
    return town.local.convoys.create(Convoy.model_validate({"metadata": {"name": "c"}, "spec": told}))


def _bare(town, name):
    place = town.root / name
    town.git("init", "-q", "--bare", "-b", "main", str(place), at=town.root)
    return place


@pytest.mark.parametrize(
    ("place", "spec", "refusal", "words"),
    [
        pytest.param(
            "absent.git", {}, Unavailable, "check the address and your access to it", id="unreachable"
        ),
        pytest.param(
            "empty.git", {}, Refused, "it has no commits yet; push a first commit and try again", id="empty"
        ),
        pytest.param(
            "origin.git",
            {"baseBranch": "dev"},
            Refused,
            "it has no branch dev; push it, or name",
            id="branch",
        ),
    ],
)
def test_a_repository_that_cannot_be_used(town, place, spec, refusal, words):
    """Found out when the rig is made, not when the first polecat fails."""
    _bare(town, "empty.git")

    with pytest.raises(refusal, match=words) as refused:
        _rig(town, town.root / place, **spec)

    assert str(town.root / place) in str(refused.value)
    assert str(refused.value).isprintable()
    assert () == town.local.rigs.all()


def test_a_rig_takes_the_repositorys_branch(town):
    """Where none is named; the same rig again changes nothing, another one of its name is refused."""
    town.git("branch", "-m", "main", "trunk")

    assert "trunk" == _rig(town, town.origin).spec.base_branch
    assert "trunk" == _rig(town, town.origin).spec.base_branch
    with pytest.raises(Occupied, match="rig app: exists with other settings; delete it first"):
        _rig(town, town.origin, beadsPath="other.jsonl")


@pytest.mark.parametrize(
    ("text", "spec", "refusal", "words"),
    [
        pytest.param(
            BEADS,
            {"rigRef": "other", "trackedBeads": ["ap-1"]},
            Missing,
            "rig other: not found; there",
            id="rig",
        ),
        pytest.param(
            BEADS,
            {"trackedBeads": ["ap-9"]},
            BeadRefused,
            "bead ap-9: not found among the 2 beads",
            id="bead",
        ),
        pytest.param(
            BEADS, {"trackedBeads": ["ap-2"]}, BeadRefused, "depends on ap-1, which is open", id="open"
        ),
        pytest.param(
            BEADS.replace('"ap-1"}\n', '"ap-1", "dependencies": [{"depends_on_id": "ap-2"}]}\n'),
            {"trackedBeads": ["ap-1", "ap-2"]},
            DependencyCycle,
            "ap-1 -> ap-2 -> ap-1; remove one",
            id="cycle",
        ),
        pytest.param(
            BEADS + "{oops\n", {"trackedBeads": ["ap-1"]}, BeadsUnreadable, ":3: not JSON", id="bad line"
        ),
    ],
)
def test_a_convoy_that_cannot_be_planned(town, text, spec, refusal, words):
    """Whether its beads stand in the repository or in a file beside it."""
    town.seed.joinpath(".beads").mkdir()
    town.commit(".beads/issues.jsonl", text)
    town.rig()

    with pytest.raises(refusal) as refused:
        _create(town, **spec)

    assert words in str(refused.value)
    assert str(refused.value).isprintable()
    assert () == town.local.convoys.all()
    assert [] == town.local.store.workflows()


def test_inline_beads_may_wait_for_stored_ones(town):
    """Also when the convoy tracks none of the store."""
    town.seed.joinpath(".beads").mkdir()
    town.commit(".beads/issues.jsonl", '{"id": "ap-1", "status": "closed"}\n')
    town.rig()

    made = _create(town, beads=[{"id": "x", "title": "t", "dependsOn": ["ap-1"]}])

    assert ("x",) == made.status.trains[0].beads


def test_a_bead_file_that_is_gone(town):
    """Its path is named."""
    rig = {"metadata": {"name": "app", "annotations": {BEADS_FILE: str(town.root / "gone.jsonl")}}}
    town.local.rigs.create(
        Rig.model_validate(rig | {"spec": {"gitURL": str(town.origin), "beadsPrefix": "ap"}})
    )

    with pytest.raises(BeadsUnreadable, match=r"gone.jsonl: No such file or directory; name a file"):
        _create(town, trackedBeads=["ap-1"])
