"""A Workflow that grows node by node as Argo lets it, in any order and with any ends: what is said of it never goes back."""

from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.observe import Stage, polecat_of, stage_of

CONFLICT = {"outcome": "conflict", "reason": "Conflict"}
MERGED = {"outcome": "merged", "sha": "f" * 40}
LOCK = {"synchronizationStatus": {"waiting": "town/ConfigMap/gastown-rig-app/polecats"}}
PUBLISHED = {"reason": "Completed", "sha": "a" * 40, "cost": "0.5"}
FAILURES = (
    ("Failed", "main: Error (exit code 1): oops", 1),
    ("Failed", "main: Error (exit code 11)", 11),
    ("Error", "pod deleted", None),
)
BEADS = {"a": [], "b": ["a"], "c": []}


def pod(told, draw, path, outputs):
    """One pod from its making to its end; whether it ended well."""
    told.node(path, "Pending", taskResultSynced=True)
    yield
    told.node(path, "Running", taskResultSynced=draw(st.booleans()))
    yield
    phase, message, code = draw(st.sampled_from(((("Succeeded", None, 0),) * 3) + FAILURES))
    good = phase == "Succeeded"
    if draw(st.booleans()):
        told.node(path, phase, message, taskResultSynced=False)
        yield
    told.node(
        path, phase, message, outputs=outputs if good else {"cost": "0.5"}, code=code, taskResultSynced=True
    )
    yield
    return good


def retried(told, draw, path, outputs, *, lock=False):
    """A Retry node with its attempts; whether one ended well."""
    if lock and draw(st.booleans()):
        told.node(path, "Pending", **LOCK)
        yield
    told.node(path, "Running", kind="Retry")
    for number in range(draw(st.integers(1, 3))):
        if (yield from pod(told, draw, f"{path}({number})", outputs)):
            told.node(path, "Succeeded", kind="Retry", outputs=outputs)
            yield
            return True
    told.node(path, "Failed", kind="Retry")
    yield
    return False


def rounds(told, draw, graph, task, conflicts):
    """A bead's graph; whether it merged, or published where `conflicts` is None."""
    told.node(graph, "Running", kind="DAG")
    yield
    good = yield from retried(told, draw, f"{graph}.{task}-work", PUBLISHED, lock=True)
    found = conflicts and draw(st.booleans())
    if good and conflicts is not None:
        good = yield from retried(told, draw, f"{graph}.{task}-merge", CONFLICT if found else MERGED)
        if good and found:
            good = yield from rounds(told, draw, f"{graph}.{task}-again", task, conflicts - 1)
    elif conflicts is not None:
        told.node(f"{graph}.{task}-merge", "Omitted", kind="Skipped")
    told.node(graph, "Succeeded" if good else "Failed", kind="DAG")
    yield
    return good


def delivery(told, draw, task, ends, *, merges):
    """A bead's way, once what it needs has ended."""
    while not set(BEADS[task]) <= ends.keys():
        yield
    if not all(ends[need] for need in BEADS[task]):
        told.node(task, "Omitted", kind="Skipped")
        ends[task] = False
        return
    ends[task] = yield from rounds(told, draw, task, task, 2 if merges else None)


def states(told, draw, *, merges=True):
    """What it looks like after each step, until all have ended, or a hand or Argo itself ends it before."""
    ends = {}
    ways = {task: delivery(told, draw, task, ends, merges=merges) for task in BEADS}
    given_up = draw(st.none() | st.integers(0, 60))
    step = 0
    while ways and step != given_up:
        task = draw(st.sampled_from(sorted(ways)))
        step += 1
        if next(ways[task], ways) is ways:
            del ways[task]
        yield told.observe()
    if ways:
        _left(told, draw)
    told.ended(
        "Failed" if ways or not all(ends.values()) else "Succeeded",
        "Stopped with strategy 'Stop'" if ways else None,
    )
    yield told.observe()


def _left(told, draw):
    """Stopped, running pods are failed; given up by a controller that broke, they stay as they were."""
    if draw(st.booleans()):
        running = {node["name"]: node for node in told.manifest["status"]["nodes"].values()}
        for node in running.values():
            if node["phase"] in ("Pending", "Running"):
                node |= {
                    "phase": "Failed",
                    "message": "Stopped with strategy 'Stop'",
                    "taskResultSynced": True,
                }


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_nothing_goes_back(story, went_on, data):
    """Over every life that Argo allows: attempts, costs and conflicts grow, what is done stays done, what ended stays ended."""
    before = None
    for after in states(story(BEADS), data.draw):
        if before is not None:
            went_on(before, after)
        assert all((bead.merged != "") == (bead.stage is Stage.DONE) for bead in after.beads)
        before = after
    assert {Stage.DONE, Stage.FAILED} >= {bead.stage for bead in before.beads}


@settings(deadline=None, max_examples=30)
@given(st.data(), st.booleans())
def test_a_stage_is_read_back_from_the_status(story, convoy, rig, data, merges):
    """Whoever has nothing but a Polecat's status says the same of its bead as who saw the Workflow."""
    held = convoy(list(BEADS))
    for after in states(story(BEADS, merges=merges), data.draw, merges=merges):
        for bead in after.beads:
            polecat = polecat_of("furiosa", bead, observation=after, convoy=held, rig=rig)
            assert bead.stage is stage_of(polecat.status)
