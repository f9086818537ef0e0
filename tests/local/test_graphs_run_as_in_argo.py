import pytest

from workflows.compile.pods.containers import MODE
from workflows.compile.pods.templates import OUTCOME_OF
from workflows.compile.targets import merged, outcome
from workflows.local.engine.interface import PodEnd

DIAMOND = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}


@pytest.fixture
def diamond(make):
    """A graph of four pods without retries."""
    return make.workflow(make.graph(DIAMOND), make.pod("work"))


def test_order(run, diamond):
    """Each starts when all that it needs has succeeded."""
    going = run(diamond)

    assert ["a"] == going.advance()
    assert [] == going.advance()
    assert ["b", "c"] == going.end("a")
    assert [] == going.end("c")
    assert ["d"] == going.end("b")
    assert [] == going.end("d")
    assert "Succeeded" == going.engine.phase


def test_what_needs_a_failed_task_is_omitted(run, diamond):
    """Once all that it needs has ended; the rest runs on, and the whole fails."""
    going = run(diamond)
    going.advance()
    going.end("a")

    going.end("b", code=1)

    assert ("Failed", "Running", None) == (going.phase("b"), going.phase("c"), going.phase("d"))
    going.end("c")
    assert ("Omitted", "omitted: depends condition not met") == (going.phase("d"), going.message("d"))
    assert "Failed" == going.engine.phase


def test_a_lost_pod_is_an_error(run, diamond):
    """As when it was deleted: no exit code."""
    going = run(diamond)
    going.advance()

    going.end("a", code=None, message="gone")

    assert ("Error", "gone", "Error") == (going.phase("a"), going.message("a"), going.engine.phase)


def test_parallelism_counts_what_is_under_way(run, make):
    """In the order in which tasks stand."""
    going = run(make.workflow(make.graph({name: [] for name in "abcde"}, parallelism=2), make.pod("work")))

    assert ["a", "b"] == going.advance()
    assert ["c"] == going.end("b")
    assert ["d"] == going.end("a")


def test_inputs_pass_down(run, make):
    """A bead's id goes from the task through the graphs below it to the pod."""
    inner = make.dag("deliver", make.task("polecat", "work", bead="{{inputs.parameters.bead}}"))
    pod = make.pod(
        "work",
        {"command": ["sh"], "env": [{"name": "B", "value": "{{inputs.parameters.bead}}"}]},
    )
    going = run(make.workflow(make.graph({"a": []}, "deliver"), inner, pod))

    start = going.engine.advance()[0]

    assert "c-1.a.polecat" == start.node
    assert "a" == start.template["container"]["env"][0]["value"]


@pytest.fixture
def landing(make):
    """Work, merge, and the same again after a conflict: the recursion of compiled Workflows."""
    bead = make.dag(
        "a",
        make.task("a-work", "polecat"),
        make.task("a-merge", "merge", "a-work"),
        make.task("a-again", "a", "a-merge") | {"when": f"{outcome('a')}==conflict"},
    )
    bead["dag"]["target"] = merged("a")
    told = {"name": "outcome", "globalName": OUTCOME_OF, "valueFrom": {"path": "/outcome"}}
    merge = make.pod("merge", retries=1, outputs={"parameters": [told]})
    polecat = make.pod("polecat", {"command": ["true"], "env": [{"name": "MODE", "value": MODE}]})
    return make.workflow(make.graph({"a": []}, "a"), bead, merge, polecat)


def test_without_a_conflict_there_is_no_repetition(run, landing):
    """Not even a node that says so."""
    going = run(landing)
    going.advance()
    going.end("a.a-work")

    going.end("a.a-merge(0)", outcome="merged")

    assert ["c-1", "c-1.a", "c-1.a.a-merge", "c-1.a.a-merge(0)", "c-1.a.a-work"] == sorted(
        node["name"] for node in going.tree.all()
    )
    assert "Succeeded" == going.engine.phase


def test_a_conflict_comes_round(run, landing):
    """As often as it takes: the graph has no counter."""
    going = run(landing)
    going.advance()

    assert ["a.a-merge(0)"] == going.end("a.a-work")
    assert ["a.a-again.a-work"] == going.end("a.a-merge(0)", outcome="conflict")
    assert ["a.a-again.a-merge(0)"] == going.end("a.a-again.a-work")
    assert ["a.a-again.a-again.a-work"] == going.end("a.a-again.a-merge(0)", outcome="conflict")
    assert ["a.a-again.a-again.a-merge(0)"] == going.end("a.a-again.a-again.a-work")
    assert [] == going.end("a.a-again.a-again.a-merge(0)", outcome="merged")
    assert "Succeeded" == going.engine.phase


def test_a_repetition_resolves(run, landing):
    """The same template is told to work, and to resolve when it comes round."""
    going = run(landing)
    first = going.engine.advance()[0]
    going.engine.ended(first.node, PodEnd(code=0))
    going.engine.advance()
    going.engine.ended("c-1.a.a-merge(0)", PodEnd(code=0, outputs={"outcome": "conflict"}))

    second = going.engine.advance()[0]

    assert ["work", "resolve"] == [each.template["container"]["env"][0]["value"] for each in (first, second)]


@pytest.mark.parametrize("tried", [0, 1], ids=["at once", "by the second try"])
def test_a_runner_that_comes_later_knows_what_was_told(run, landing, tried):
    """The outcome stands in the node, whichever attempt told it."""
    going = run(landing)
    going.advance()
    going.end("a.a-work")
    if tried:
        going.end("a.a-merge(0)", code=1)
        going.clock.pass_(60)
        going.advance()

    going.engine.ended(f"c-1.a.a-merge({tried})", PodEnd(code=0, outputs={"outcome": "merged"}))
    later = run(landing, nodes=going.tree.all())
    later.advance()

    assert ("Succeeded", None) == (later.engine.phase, later.phase("a.a-again"))


def test_a_conflict_that_nobody_resolves_fails(run, landing):
    """The agent gave up."""
    going = run(landing)
    going.advance()
    going.end("a.a-work")
    going.end("a.a-merge(0)", outcome="conflict")

    going.end("a.a-again.a-work", code=10)

    assert ("Failed", "Omitted", "Failed") == (
        going.phase("a.a-again"),
        going.phase("a.a-again.a-merge"),
        going.engine.phase,
    )


def test_nodes_have_argos_form(run, landing):
    """The fields that Argo's own tools and `observe` read."""
    going = run(landing)
    going.advance()
    going.end("a.a-work")
    going.end("a.a-merge(0)", outcome="merged", sha="f")

    nodes = {node["name"]: node for node in going.tree.all()}
    retry, attempt = nodes["c-1.a.a-merge"], nodes["c-1.a.a-merge(0)"]
    assert ("Retry", "Pod", {"retried": True}) == (retry["type"], attempt["type"], attempt["nodeFlag"])
    assert [attempt["id"]] == retry["children"]
    assert nodes["c-1.a"]["id"] == retry["boundaryID"]
    assert {"outcome": "merged", "sha": "f"} == {
        p["name"]: p["value"] for p in retry["outputs"]["parameters"]
    }
    assert "2026-03-01T10:00:00Z" == attempt["finishedAt"]
    assert nodes["c-1"]["id"] == "c-1"
