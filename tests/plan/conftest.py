"""Convoys and beads in a few words."""

import pytest

from crds import Convoy
from workflows.beads import Bead


def _beads(edges, **fields):
    """Beads by id from `{id: [ids it waits for]}`."""
    return {
        name: Bead(
            id=name, title=f"Do {name}", dependencies=[{"depends_on_id": need} for need in needs], **fields
        )
        for name, needs in edges.items()
    }


def _convoy(tracked=(), *, name="c", **spec):
    told = {"description": "d", "rigRef": "r", "trackedBeads": list(tracked)} | spec
    return Convoy.model_validate({"metadata": {"name": name}, "spec": told})


@pytest.fixture(scope="session")
def beads():
    """Makes a bead store from `{id: [ids it waits for]}`."""
    return _beads


@pytest.fixture(scope="session")
def convoy():
    """Makes a convoy of tracked beads; further keywords are fields of its spec."""
    return _convoy
