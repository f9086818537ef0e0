import os
import sqlite3
import subprocess
import sys
import time

import pytest

from workflows.errors import Unavailable
from workflows.local.store import Store

WRITER = """
import sys
from pathlib import Path
from workflows.local.store import Store
store = Store(Path(sys.argv[1]))
number = len(store.resources("Convoy"))
print("begun", flush=True)
while True:
    number += 1
    name = f"c{number:05}"
    flow = {"metadata": {"name": f"{name}-1", "labels": {"gastown.io/convoy": name}}, "spec": {}}
    with store.transaction():
        store.put_resource({"kind": "Convoy", "metadata": {"name": name}, "spec": {}})
        store.submit(flow, [{"metadata": {"name": f"{name}-tasks"}, "data": {"a": "x" * 9000}}], train=0, attempt=0)
    store.put_nodes(f"{name}-1", [{"id": str(n), "name": str(n), "finishedAt": None, "phase": "Running", "n": number} for n in range(5)])
"""


@pytest.fixture
def path(tmp_path):
    """Where the state is."""
    return tmp_path / "town" / "town.db"


def _workflow(name="c-1", convoy="c"):
    return {"metadata": {"name": name, "labels": {"gastown.io/convoy": convoy}}, "spec": {"x": 1}}


def _node(name, phase="Running", **fields):
    return {"id": f"id-{name}", "name": name, "phase": phase, "startedAt": "t", "finishedAt": None} | fields


def test_killed_at_any_moment_it_is_whole(path):
    """Four kills: every convoy is there with its Workflow and its texts, and nodes are there all or not at all."""
    for number in range(4):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
            writer.stdout.readline()
            time.sleep(number * 0.0071)
            writer.kill()

    store = Store(path)
    names = [each["metadata"]["name"] for each in store.resources("Convoy")]
    assert names
    assert [f"{name}-1" for name in names] == [each["metadata"]["name"] for each in store.workflows()]
    assert all(store.config_map(f"{name}-tasks") for name in names)
    assert {len(store.nodes(f"{name}-1")) for name in names} <= {0, 5}


def test_a_transaction_is_all_or_nothing(path):
    """Also one inside another."""
    store = Store(path)

    def interrupted():
        with store.transaction():
            store.put_resource({"kind": "Rig", "metadata": {"name": "a"}})
            store.delete_resource("Rig", "none")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert [] == store.resources("Rig")


def test_a_second_submit_changes_nothing(path):
    """The Workflow stays as it was; its texts are those of the last submit, which are the same."""
    store = Store(path)
    store.submit(_workflow(), [], train=0, attempt=0)
    store.submit(_workflow() | {"spec": {"x": 2}}, [], train=0, attempt=0)

    assert [1] == [each["spec"]["x"] for each in store.workflows("c")]


def test_nodes_make_a_status(path):
    """As Argo shows it, labels included, in the order in which they came."""
    store = Store(path)
    store.submit(_workflow(), [], train=0, attempt=0)
    assert "status" not in store.workflows("c")[0]

    store.put_nodes("c-1", [_node("c-1"), _node("c-1.a")])
    store.put_nodes("c-1", [_node("c-1", "Failed", finishedAt="end", message="why")])

    shown = store.workflows("c")[0]
    status = shown["status"]
    assert ("Failed", "why", "end") == (status["phase"], status["message"], status["finishedAt"])
    assert ["id-c-1", "id-c-1.a"] == list(status["nodes"])
    assert ("Failed", "true") == tuple(
        shown["metadata"]["labels"][f"workflows.argoproj.io/{key}"] for key in ("phase", "completed")
    )


def test_workflows_of_a_convoy_and_an_attempt(path):
    """In the order of attempts and trains."""
    store = Store(path)
    for train, attempt in [(1, 0), (0, 1), (0, 0)]:
        store.submit(_workflow(f"c-{train}-{attempt}"), [], train=train, attempt=attempt)
    store.submit(_workflow("d-1", "d"), [], train=0, attempt=0)

    assert ["c-0-0", "c-1-0", "c-0-1"] == [each["metadata"]["name"] for each in store.workflows("c")]
    assert ["c-0-1"] == [each["metadata"]["name"] for each in store.workflows("c", 1)]
    assert 4 == len(store.workflows())


def test_a_convoy_goes_with_all_that_is_its(path):
    """Nothing is left to be taken for another's."""
    store = Store(path)
    store.put_resource({"kind": "Convoy", "metadata": {"name": "c"}})
    store.submit(_workflow(), [], train=0, attempt=0)
    store.put_nodes("c-1", [_node("c-1")])
    store.terminate("c", "a")

    store.delete_resource("Convoy", "c")

    assert ([], [], [], frozenset()) == (
        store.resources("Convoy"),
        store.workflows(),
        store.nodes("c-1"),
        store.terminations("c"),
    )


def test_the_version_tells_of_others(path):
    """Opening the state is no change of it: who watches is not woken, and who writes does not hold up who reads."""
    one, other = Store(path), Store(path)
    before = one.version

    with other.transaction():
        other.put_resource({"kind": "Rig", "metadata": {"name": "a"}})
        Store(path).close()
        assert before == one.version

    assert before != one.version


@pytest.mark.parametrize("content", [b"no database" * 100, None], ids=["garbage", "directory"])
def test_what_is_no_state_is_not_touched(path, content):
    """The file is named, and the way out."""
    path.parent.mkdir()
    path.write_bytes(content) if content else path.mkdir()

    with pytest.raises(Unavailable, match="name another place with GASTOWN_HOME") as refusal:
        Store(path)

    assert str(path) in str(refusal.value)


def test_a_newer_state_is_not_touched(path):
    """An older program would not know what to keep."""
    store = Store(path)
    store._db.execute("pragma user_version = 99")
    store.close()

    with pytest.raises(Unavailable, match="a newer gastown wrote it; update gastown"):
        Store(path)


def test_a_lock_that_nobody_lets_go_of_is_told(path):
    """After the patience, in one line; the write did not happen."""
    store = Store(path)
    store.wait_for_others(0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")
    for write in (lambda: store.put_resource(CONVOY), lambda: store.submit(FLOW, [], train=0, attempt=0)):
        with pytest.raises(Unavailable, match=r"state file .*: database is locked; .* `convoy resume`"):
            write()
    other.execute("rollback")
    other.close()
    store.put_resource(CONVOY)
    assert store.names("Convoy") == ("c",)
    store.close()


def test_a_full_disk_is_told_and_changes_nothing(path):
    """One line, and once there is room again all goes on."""
    store = Store(path)
    pages = store._db.execute("pragma page_count").fetchone()[0]
    store._db.execute(f"pragma max_page_count = {pages}")
    maps = [{"metadata": {"name": f"m{number}"}, "data": {"a": "x" * 90000}} for number in range(3)]
    with pytest.raises(Unavailable, match=r"state file .*: database or disk is full; free the disk"):
        store.submit(FLOW, maps, train=0, attempt=0)
    assert ([], None) == (store.workflows(), store.config_map("m0"))
    store._db.execute(f"pragma max_page_count = {pages + 1000}")
    store.submit(FLOW, maps, train=0, attempt=0)
    assert len(store.workflows()) == 1
    store.close()


def _without_a_table(path):
    with sqlite3.connect(path) as other:
        other.execute("drop table node")
    other.close()


def _overwritten(path):
    with path.open("r+b") as stream:
        stream.seek(4096)
        stream.write(b"x" * (path.stat().st_size - 4096))


def _cut_off(path):
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize("damage", [_without_a_table, _overwritten, _cut_off])
def test_a_damaged_file_is_told_with_what_mends_it(path, damage):
    """Whoever asks meets it in one line, a runner at work too: to free the disk would help nobody."""
    store = Store(path)
    store.submit(FLOW, [], train=0, attempt=0)
    for number in range(200):
        store.put_nodes("c-1", [_node(f"n{number}", text="x" * 500)])
    store.close()
    damage(path)
    with pytest.raises(
        Unavailable, match=r"state file .*; the file is damaged: put a copy of it back"
    ) as told:
        Store(path).workflows()
    assert "free the disk" not in str(told.value)


CONVOY = {"kind": "Convoy", "metadata": {"name": "c"}, "spec": {}}
FLOW = {"metadata": {"name": "c-1", "labels": {"gastown.io/convoy": "c"}}, "spec": {}}
