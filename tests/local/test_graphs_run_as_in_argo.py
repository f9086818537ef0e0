import pytest

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
        {"name": "main", "command": ["sh"], "env": [{"name": "B", "value": "{{inputs.parameters.bead}}"}]},
    )
    going = run(make.workflow(make.graph({"a": []}, "deliver"), inner, pod))

    start = going.engine.advance()[0]

    assert "c-1.a.polecat" == start.node
    assert "a" == start.template["containerSet"]["containers"][0]["env"][0]["value"]


@pytest.fixture
def landing(make):
    """Merge, resolve, land again: the recursion of compiled Workflows."""
    land = make.dag(
        "land",
        make.task("merge", "merge"),
        make.task("resolve", "work", "merge", make.outcome),
        make.task("again", "land", "resolve", make.outcome),
    )
    merge = make.pod("merge", retries=1)
    return make.workflow(make.graph({"a": []}, "land"), land, merge, make.pod("work"))


def test_without_a_conflict_the_rest_is_skipped(run, landing):
    """And what is skipped holds nobody up."""
    going = run(landing)
    going.advance()

    going.end("a.merge(0)", outcome="merged")

    assert ["Succeeded", "Skipped", "Skipped"] == [
        going.phase(f"a.{name}") for name in ("merge", "resolve", "again")
    ]
    assert "when 'merged == conflict' evaluated false" == going.message("a.resolve")
    assert "Succeeded" == going.engine.phase


def test_a_conflict_comes_round(run, landing):
    """As often as it takes: the graph has no counter."""
    going = run(landing)
    going.advance()

    assert ["a.resolve"] == going.end("a.merge(0)", outcome="conflict")
    assert ["a.again.merge(0)"] == going.end("a.resolve")
    assert ["a.again.resolve"] == going.end("a.again.merge(0)", outcome="conflict")
    assert ["a.again.again.merge(0)"] == going.end("a.again.resolve")
    assert [] == going.end("a.again.again.merge(0)", outcome="merged")
    assert "Succeeded" == going.engine.phase


def test_a_conflict_that_nobody_resolves_fails(run, landing):
    """The agent gave up."""
    going = run(landing)
    going.advance()
    going.end("a.merge(0)", outcome="conflict")

    going.end("a.resolve", code=10)

    assert ("Failed", "Omitted", "Failed") == (
        going.phase("a.resolve"),
        going.phase("a.again"),
        going.engine.phase,
    )


def test_nodes_have_argos_form(run, landing):
    """The fields that Argo's own tools and `observe` read."""
    going = run(landing)
    going.advance()
    going.end("a.merge(0)", outcome="merged", sha="f")

    nodes = {node["name"]: node for node in going.tree.all()}
    retry, attempt = nodes["c-1.a.merge"], nodes["c-1.a.merge(0)"]
    assert ("Retry", "Pod", {"retried": True}) == (retry["type"], attempt["type"], attempt["nodeFlag"])
    assert [attempt["id"]] == retry["children"]
    assert nodes["c-1.a"]["id"] == retry["boundaryID"]
    assert {"outcome": "merged", "sha": "f"} == {
        p["name"]: p["value"] for p in retry["outputs"]["parameters"]
    }
    assert "2026-03-01T10:00:00Z" == attempt["finishedAt"]
    assert nodes["c-1"]["id"] == "c-1"
