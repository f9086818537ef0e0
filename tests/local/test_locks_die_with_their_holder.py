import subprocess
import sys

import pytest

from workflows.errors import ConvoyRefused
from workflows.local.processes.semaphores import FileLocks

SEMAPHORE = {"semaphores": [{"configMapKeyRef": {"name": "gastown-rig-app", "key": "polecats"}}]}
ONE = {"semaphores": [{"configMapKeyRef": {"name": "gastown-rig-app", "key": "one"}}]}
BOTH = {"semaphores": SEMAPHORE["semaphores"] + ONE["semaphores"]}
HOLDER = """
import sys
from pathlib import Path
from workflows.local.processes.semaphores import FileLocks
locks = FileLocks(Path(sys.argv[1]), lambda name, key: 1)
key = {"configMapKeyRef": {"name": "gastown-rig-app", "key": "one"}}
assert locks.acquire("there", {"semaphores": [key]}) is None
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def process(tmp_path):
    """Makes the locks of one more process, over the same directory; the rig has two slots."""
    return lambda: FileLocks(tmp_path / "locks", lambda _name, key: {"polecats": 2, "one": 1}.get(key))


def test_a_single_slot_has_one_holder(process):
    """Across processes; whoever holds it may ask again."""
    one, other = process(), process()

    assert one.acquire("a", ONE) is None
    assert one.acquire("a", ONE) is None
    assert "semaphore gastown-rig-app/one" == one.acquire("b", ONE)
    assert "semaphore gastown-rig-app/one" == other.acquire("c", ONE)
    one.release("a")
    one.release("a")
    assert other.acquire("c", ONE) is None


def test_a_semaphore_has_as_many_as_the_config_map_says(process):
    """Over all convoys of the rig."""
    one, other = process(), process()

    assert [None, None] == [one.acquire("a", SEMAPHORE), other.acquire("b", SEMAPHORE)]
    assert "semaphore gastown-rig-app/polecats" == other.acquire("c", SEMAPHORE)
    one.release("a")
    assert other.acquire("c", SEMAPHORE) is None


def test_all_or_none(process):
    """Who waits for one lock does not sit on another."""
    one, other = process(), process()
    one.acquire("a", ONE)

    assert other.acquire("b", BOTH) is not None
    one.release("a")
    assert [None, None] == [one.acquire("c", SEMAPHORE), one.acquire("d", SEMAPHORE)]


def test_a_killed_holder_holds_nothing(process, tmp_path):
    """No lock outlives its process, so none is ever stolen or cleaned up."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "locks")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        assert process().acquire("a", ONE) is not None
        holder.kill()
        holder.wait()

    assert process().acquire("a", ONE) is None


def test_a_semaphore_without_a_number_is_refused(process):
    """Rather than taken as free."""
    source = {"semaphores": [{"configMapKeyRef": {"name": "gastown-rig-app", "key": "other"}}]}

    with pytest.raises(
        ConvoyRefused, match="semaphore gastown-rig-app: the ConfigMap has no number under other"
    ):
        process().acquire("a", source)
