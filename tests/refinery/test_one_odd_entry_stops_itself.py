"""Whatever stands in one entry of the queue, or in another ref beside it, stops nobody else's merge."""

import json
import time
import tracemalloc

import pytest

from workflows import refs
from workflows.entries import Entry
from workflows.exits import Reason
from workflows.refinery.queue.marks import Result, Results
from workflows.refinery.queue.rows import ALL, rows

HUGE = 10**400
ASK = {"bead": "gt-2", "convoy": "cv", "at": 0}
LEASE = {"holder": "cv/gt-2", "host": "here", "process": 0, "at": 0, "batch": [], "pause": 0}
PASSING = {"t": "true"}


def entry(rig, bead):
    """What the queue holds of a bead."""
    return Entry.load(rig.git("cat-file", "tag", refs.queue("main", bead)).partition("\n\n")[2])


@pytest.mark.parametrize("at", [HUGE, -HUGE, True, 1e300, "now", None])
@pytest.mark.parametrize("bead", ["gt-1", "gt-2"])
def test_an_ask_of_no_time_is_none(rig, bead, at):
    """Also one in the own bead's name."""
    rig.publish("gt-1", {"one": "1\n"})
    rig.mark(refs.ask("main", bead), json.dumps({**ASK, "bead": bead, "at": at}))
    assert rig.merge("gt-1") == 0, rig.said
    assert rig.landed() == ["gt-1"]


@pytest.mark.parametrize(
    "odd", [{"at": HUGE}, {"process": HUGE}, {"process": -1}, {"at": True}, {"holder": 5}]
)
def test_a_lease_of_no_time_or_process_is_none(rig, odd):
    """Nobody waits for who does not exist."""
    rig.publish("gt-1", {"one": "1\n"})
    rig.mark(refs.lease("main"), json.dumps({**LEASE, "at": int(time.time()), **odd}))
    assert rig.merge("gt-1") == 0, rig.said
    assert rig.landed() == ["gt-1"]


def test_results_of_no_time_are_none(rig):
    """They would decide whether the target is red."""
    rig.orders(gates=PASSING)
    rig.publish("gt-1", {"one": "1\n"})
    run = [rig.git("rev-parse", "main^{tree}"), entry(rig, "gt-1").rules, "red", HUGE]
    rig.mark(refs.results("main"), json.dumps({"size": HUGE, "runs": [run]}))
    assert rig.gated("gt-1") == 0, rig.said
    assert rig.landed() == ["gt-1"]


@pytest.mark.parametrize(
    "ref", [refs.queue("main", "gt-2"), refs.ask("main", "gt-2"), refs.lease("main"), refs.results("main")]
)
def test_an_object_too_large_to_be_read_is_not(rig, ref):
    """Its own bead does without it; reading the queue takes little memory, whatever lies there."""
    rig.orders(gates=PASSING)
    rig.publish("gt-1", {"one": "1\n"})
    rig.mark(ref, "x" * (64 << 20))
    tracemalloc.start()
    try:
        found = rows(rig.git, refs.ROOT)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20
    assert {ref, refs.queue("main", "gt-1")} <= found.keys()
    assert found[ref][1:2] + found[ref][-1:] == [rig.git("rev-parse", ref), ""]
    assert rig.gated("gt-1") == 0, rig.said
    assert rig.landed() == ["gt-1"]


def test_many_objects_that_may_be_read_are_not_all(rig):
    """The small ones are, and the queue goes on."""
    rig.orders(gates=PASSING)
    rig.publish("gt-1", {"one": "1\n"})
    for number in range(80):
        rig.mark(refs.queue("main", f"odd-{number}"), f"{number}" + "x" * ((1 << 20) - 1000))
    tracemalloc.start()
    try:
        found = rows(rig.git, refs.ROOT)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * ALL
    assert 31 <= sum(1 for row in found.values() if "xx" in row[-1]) <= 33
    assert len(found) == 81
    assert rig.gated("gt-1") == 0, rig.said
    assert rig.landed() == ["gt-1"]


def test_what_a_commit_says_is_not_read(rig):
    """However long it is: a queue tells of its tags."""
    rig.publish("gt-1", {"one": "1\n"})
    told = rig.git("commit-tree", "main^{tree}", "-p", "main", "-F", "-", text="said " + "x" * (80 << 20))
    rig.git("update-ref", "refs/heads/polecat/gt-2", told)
    found = rows(rig.git, "refs/heads")
    assert "" == found["refs/heads/polecat/gt-2"][-1]


def test_results_are_read_as_they_were_written():
    """Bounds take nothing from sound ones."""
    told = Results((Result("t" * 40, "r", "red", int(time.time())),), 5)
    assert Results.load(told.dump()) == told


ODD = {
    "the branch of another": {"branch": "polecat/gt-1"},
    "half a surrogate pair": {"owner": "\ud800", "title": "\ud800", "branch": "polecat/\udfff"},
    "the record of another": {"reverts": "cv/gt-1"},
    "a convoy with a slash": {"convoy": "cv/gt-1"},
    "a text without end": {"title": "x" * (1 << 20)},
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
@pytest.mark.parametrize("gates", [PASSING, {}], ids=["gates", "none"])
def test_a_rider_whose_entry_is_odd_stops_nobody(rig, gates, odd):
    """Its bead asks to be merged, so it is taken along where it can be."""
    rig.orders(gates=gates)
    rig.publish("gt-1", {"one": "1\n"})
    rig.publish("gt-2", {"two": "2\n"}, entry=odd)
    rig.ask("gt-2")
    assert (rig.gated("gt-1") if gates else rig.merge("gt-1")) == 0, rig.said
    assert "gt-1" in rig.landed()


def test_a_branch_that_two_beads_share_goes_once(rig):
    """Two manifests may name one branch: both are merged, and git takes no ref twice in a push."""
    rig.orders(gates=PASSING)
    first = rig.publish("gt-1", {"one": "1\n"})
    rig.publish("gt-2", {"two": "2\n"}, start=first, entry={"branch": "polecat/gt-1"})
    rig.ask("gt-2")
    assert rig.gated("gt-1") == 0, rig.said
    assert sorted(rig.landed()) == ["gt-1", "gt-2"]


@pytest.mark.parametrize("record", ["refs/gastown/merged/cv/gt-2/more", "refs/gastown/merged/cv"])
def test_a_record_that_is_refused_holds_its_own_bead(rig, record):
    """A ref of an earlier bead leaves no room for it: the server refuses the rider's record, and with it the whole push."""
    rig.orders(gates=PASSING)
    rig.publish("gt-1", {"one": "1\n"})
    rig.publish("gt-2", {"two": "2\n"}, entry={"convoy": "cw"})
    rig.git("update-ref", record.replace("/cv", "/cw"), rig.base)
    rig.ask("gt-2")
    assert rig.gated("gt-1") == Reason.TARGET_MOVED.value, rig.said
    assert entry(rig, "gt-2").fault == Reason.REJECTED.word
    assert rig.gated("gt-1") == 0, rig.said
    assert rig.landed() == ["gt-1"]


def tree(rig, head, name):
    """A tree of one entry, which git's own commands would not make."""
    file = rig.root / "raw-tree"
    file.write_bytes(head.encode() + b"\0" + bytes.fromhex(name))
    return rig.git("hash-object", "-t", "tree", "-w", "--literally", file)


def hidden(rig):
    """A tree that git checks out nowhere."""
    return tree(rig, "40000 .git", tree(rig, "100644 config", blob(rig)))


def crashing(rig):
    """A tree that ends git's merge with a failed assertion."""
    return tree(rig, "100644 a/b", blob(rig))


def absent(rig):
    """A tree that names what is not there."""
    return tree(rig, "100644 a", "1" * 40)


def blob(rig):
    """Any file."""
    return rig.git("hash-object", "-w", "--stdin", text="x")


@pytest.mark.parametrize("made", [hidden, crashing, absent])
def test_a_rider_whose_objects_are_odd_stops_nobody(rig, made):
    """Others than agents push to a repository, and few servers look at what they take."""
    rig.orders(gates=PASSING)
    rig.publish("gt-1", {"one": "1\n"})
    rig.publish("gt-2", {"two": "2\n"})
    odd = rig.git("commit-tree", made(rig), "-p", rig.base, "-m", "odd", cwd=rig.seed)
    rig.enqueue(odd, entry(rig, "gt-2"))
    rig.ask("gt-2")
    assert rig.gated("gt-1") == 0, rig.said
    assert rig.landed() == ["gt-1"]


def test_our_own_entry_reads_back(rig):
    """Whatever a bead file says."""
    task = rig.write_task("gt-1", priority=10**12, title="x" * 100_000, prompt="")
    made = Entry.of(rig.train, task, published=1, rounds=0, retries=0)
    assert Entry.load(made.dump()) == made


@pytest.mark.parametrize(
    "branch", ["polecat/../main", "polecat/a..b", "polecat/x.lock", "polecat/a b", "polecat/"]
)
@pytest.mark.parametrize("gates", [PASSING, {}], ids=["gates", "none"])
def test_a_rider_whose_branch_is_no_name_stops_nobody(rig, gates, branch):
    """Git sends nothing of a push that names such a ref: so it is not asked to remove it."""
    rig.orders(gates=gates)
    rig.publish("gt-1", {"one": "1\n"})
    rig.publish("gt-2", {"two": "2\n"}, entry={"branch": branch})
    rig.ask("gt-2")
    assert (rig.gated("gt-1") if gates else rig.merge("gt-1")) == 0, rig.said
    assert sorted(rig.landed()) == ["gt-1", "gt-2"]


def wordy(rig, author, text):
    """A commit that says more than anybody reads."""
    head = f"tree {rig.git('rev-parse', 'main^{tree}')}\nparent {rig.base}\nauthor {author} <a@example.org> 1 +0000\n"
    file = rig.root / "raw-commit"
    file.write_text(f"{head}committer a <a@example.org> 1 +0000\n\n{text}\n")
    return rig.git("hash-object", "-t", "commit", "-w", "--literally", file)


LONG = "x" * (20 << 20)


@pytest.mark.parametrize(("author", "text"), [(LONG, "x"), ("a", LONG)], ids=["author", "message"])
@pytest.mark.parametrize("deep", [False, True], ids=["the tip", "below it"])
@pytest.mark.parametrize("gates", [PASSING, {}], ids=["gates", "none"])
def test_a_rider_whose_commits_say_too_much_stops_nobody(rig, gates, deep, author, text):
    """What they say is not read, whichever of its commits it is."""
    rig.orders(gates=gates)
    rig.publish("gt-1", {"one": "1\n"})
    rig.publish("gt-2", {"two": "2\n"})
    odd = wordy(rig, author, text)
    tree = rig.git("rev-parse", "polecat/gt-2^{tree}")
    rig.enqueue(
        rig.git("commit-tree", tree, "-p", odd, "-m", "two", cwd=rig.seed) if deep else odd,
        entry(rig, "gt-2"),
    )
    rig.ask("gt-2")
    assert (rig.gated("gt-1") if gates else rig.merge("gt-1")) == 0, rig.said
    assert rig.landed() == ["gt-1"]
