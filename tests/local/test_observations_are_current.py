"""An observation is kept as long as nobody writes, and no longer."""

import contextlib

import pytest

from crds import Convoy
from workflows import labels
from workflows.errors import Missing
from workflows.local.home import Home
from workflows.local.observed import Observed
from workflows.local.store import Store
from workflows.local.town import LocalTown

WORKFLOW = {
    "metadata": {"name": "c-1", "labels": {labels.CONVOY: "c", labels.RIG: "app"}},
    "spec": {"templates": []},
}
ROOT = {"id": "c-1", "name": "c-1", "type": "DAG", "phase": "Running", "startedAt": None, "finishedAt": None}


@pytest.fixture
def file(tmp_path):
    """A state file with one convoy and its Workflow."""
    store = Store(tmp_path / "town.db")
    store.put_resource({"kind": "Convoy", "metadata": {"name": "c"}, "spec": {"rigRef": "app"}})
    store.submit(WORKFLOW, (), train=0, attempt=0)
    store.close()
    return tmp_path / "town.db"


def _phases(observed):
    return [each.phase for each in observed.of_convoy("c")]


def test_it_is_read_once_while_nobody_writes(file):
    """The same objects answer, for a convoy as for its rig."""
    observed = Observed(Store(file))
    first = observed.of_convoy("c")
    assert first[0] is observed.of_convoy("c")[0]
    assert first == observed.of_rig("app")
    assert () == observed.of_rig("other")


@pytest.mark.parametrize("own", [True, False], ids=["by-this-connection", "by-another"])
def test_a_write_is_seen_at_once(file, own):
    """Whoever wrote: this process, or the runner."""
    store = Store(file)
    observed = Observed(store)
    assert ["Pending"] == _phases(observed)
    (store if own else Store(file)).put_nodes("c-1", [ROOT])
    assert ["Running"] == _phases(observed)


def test_a_transaction_sees_what_it_wrote_and_forgets_what_was_undone(file):
    """A convoy that is made reads its own Workflow before the transaction ends; after a rollback it is as before."""
    store = Store(file)
    observed = Observed(store)
    undone = KeyError()
    with contextlib.suppress(KeyError), store.transaction():
        store.put_nodes("c-1", [ROOT])
        assert ["Running"] == _phases(observed)
        raise undone
    assert ["Pending"] == _phases(observed)


def test_a_convoy_is_worked_out_once_and_again_after_each_write(tmp_path):
    """A verb asks for the same convoy several times; whoever stops it meanwhile is heard at the next look."""
    town, other = (LocalTown(Home(tmp_path)) for _ in range(2))
    spec = {"description": "Kept", "rigRef": "app", "beads": [{"id": "a", "title": "A"}]}
    convoy = Convoy.model_validate({"metadata": {"name": "c"}, "spec": spec})
    town.store.put_resource(convoy.manifest())
    first = town.convoys.get("c")
    assert first is town.convoys.get("c")
    assert "Pending" == first.status.phase
    other.convoys.records.change("c", stop=True)
    assert town.convoys.get("c").spec.stop
    town.convoys.records.delete("c")
    with pytest.raises(Missing):
        town.convoys.get("c")
