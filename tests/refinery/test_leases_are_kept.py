"""Who leads stays known to lead, however long it fetches."""

import itertools
import time
from pathlib import Path

from workflows import refs
from workflows.exits import Reason
from workflows.orders import TaskOrders
from workflows.refinery.queue import presence as presences
from workflows.refinery.queue.marks import LONGEST_PAUSE, Lease
from workflows.refinery.queue.presence import Presence
from workflows.refinery.queue.store import Store
from workflows.steps.git.command import Git
from workflows.steps.git.remote import Remote

LEASE = refs.lease("main")


def leading(rig, root: Path, **more):
    """The presence of gt-1's step, which has just taken the lease."""
    git = Git.of(rig.environ)
    task = TaskOrders("gt-1", "gt-1", "Do gt-1", "", "polecat/gt-1", "max", 2)
    store = Store(git, root / "store.git", rig.train, task, cached=False)
    snapshot = store.refresh()
    remote = Remote(git.having(GIT_DIR=store.directory), rig.train.repository)
    presence = Presence(remote, rig.train, task, **more)
    return presence, snapshot, snapshot.own("gt-1")


def test_a_lease_is_renewed_while_its_step_is_busy(rig, tmp_path, monkeypatch):
    """git-lfs may bring gigabytes before the gates can start."""
    monkeypatch.setattr(presences, "BEAT", 0.01)
    rig.publish("gt-1", {"one": "1\n"})
    presence, snapshot, own = leading(rig, tmp_path, clock=itertools.count(1).__next__)
    assert presence.take(snapshot, own)
    taken, end = rig.git("rev-parse", LEASE), time.monotonic() + 30
    with presence.kept():
        while rig.git("rev-parse", LEASE) == taken and time.monotonic() < end:
            pass
    assert rig.git("rev-parse", LEASE) == presence.lease_tag != taken


def test_a_lease_is_not_taken_where_the_target_has_moved(rig, tmp_path):
    """What was planned on the old one would be tested for nothing."""
    rig.publish("gt-1", {"one": "1\n"})
    presence, snapshot, own = leading(rig, tmp_path)
    rig.commit({"two": "2\n"}, "main", "by a person", start=rig.base)
    assert not presence.take(snapshot, own)
    assert rig.marks("lease") == []


def test_who_fetches_for_long_is_waited_for(rig):
    """The second container of a pod fetches the repository as the first did, before it can renew anything."""
    rig.publish("gt-1", {"one": "1\n"})
    now = int(time.time())
    rig.mark(LEASE, Lease("other/gt-9", "elsewhere", 1, now, pause=600).dump())
    assert rig.merge("gt-1", GASTOWN_LEASE="0.1", GASTOWN_PATIENCE="0.1") == Reason.TARGET_MOVED.value
    rig.mark(LEASE, Lease("other/gt-9", "elsewhere", 1, now).dump())
    assert rig.merge("gt-1", GASTOWN_LEASE="0.1", GASTOWN_PATIENCE="5") == 0, rig.said


def test_no_lease_outlives_its_holder_for_long():
    """Whatever it says."""
    told = Lease("cv/gt-1", "here", 1, 0, pause=10**9).dump()
    assert Lease.load(told) == Lease("cv/gt-1", "here", 1, 0, pause=LONGEST_PAUSE)


def test_who_waits_fetches_nothing_because_a_lease_is_renewed(rig, tmp_path):
    """Twenty that wait would all fetch just when their leader lands. Once nobody renews it, its turn has come."""
    rig.orders(repository=f"file://{rig.origin}")
    rig.publish("gt-1", {"one": "1\n"})
    trace = tmp_path / "trace"
    trace.touch()

    def called(command):
        return trace.read_text().count(f"built-in: git {command}")

    def renew(beat):
        rig.mark(LEASE, Lease("other/gt-9", "elsewhere", 1, int(time.time()) + beat).dump())

    renew(0)
    step = rig.start("gt-1", GIT_TRACE=str(trace), GASTOWN_LEASE="3")
    end = time.monotonic() + 60
    for beat in range(1, 7):
        looked = called("ls-remote")
        while called("ls-remote") == looked and time.monotonic() < end:
            time.sleep(0.01)
        renew(beat)
    fetched = called("fetch")
    step.communicate(timeout=60)
    assert step.returncode == 0
    # When it came, and after it had asked to be merged.
    assert fetched <= 2
    assert rig.landed() == ["gt-1"]
