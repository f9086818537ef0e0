import base64
import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.observe import Stage, convoy_status, observe, polecat_of, refinery_status
from workflows.observe.nodes import UNPACKED
from workflows.polecats import polecat_name
from workflows.shape import ENDED

PHASES = sorted(ENDED | {"Running", "Pending"})
TEXT = st.text(max_size=30) | st.sampled_from(
    ["main: Error (exit code 10): x", "pod deleted", "Stopped with strategy 'Stop'"]
)
OUTPUTS = st.dictionaries(
    st.sampled_from(["branch", "sha", "base", "commits", "reason", "summary", "tokens", "cost", "outcome"]),
    st.sampled_from(["", "merged", "conflict", "none", "Completed", "NoChanges", "3", "0.25", "NaN", "-4"])
    | st.text(max_size=40),
)
STEPS = [
    "",
    *(f".{{0}}-{step}" for step in ("work", "work(0)", "work(1)", "merge", "merge(0)", "again")),
    *(f".{{0}}-again.{{0}}-{step}" for step in ("work", "work(0)", "merge", "merge(0)", "again")),
]


@st.composite
def stories(draw, story):
    """Any nodes of Argo's form for a convoy of four, consistent or not."""
    told = story({"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}, merges=draw(st.booleans()))
    for path in draw(
        st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(STEPS)), max_size=20, unique=True)
    ):
        extra = draw(st.sampled_from([{}, {"taskResultSynced": False}, {"outputs": None}, {"message": None}]))
        told.node(
            path[0] + path[1].format(path[0]),
            draw(st.sampled_from(PHASES)),
            draw(TEXT),
            kind=draw(st.sampled_from(["Pod", "Retry", "DAG", "Skipped"])),
            outputs=draw(OUTPUTS),
            code=draw(st.none() | st.sampled_from(["0", "10", "143", "x"])),
            **({} if extra.get("outputs", 1) is None else extra),
        )
    if draw(st.booleans()):
        told.ended(draw(st.sampled_from(["Succeeded", "Failed", "Error"])), draw(st.none() | TEXT))
    return told


@settings(deadline=None, max_examples=120)
@given(st.data())
def test_nothing_raises_and_counts_add_up(story, convoy, rig, data):
    """Every bead has a stage, every resource validates, and no bead is counted twice or forgotten."""
    told = data.draw(stories(story))
    observation = told.observe()
    made = convoy("abcd")

    status = convoy_status(made, [observation])

    assert set("abcd") == {bead.bead for bead in observation.beads}
    assert 4 == sum(getattr(status.phases, stage.value) for stage in Stage)
    assert 4 == len(status.completed_beads) + len(status.pending_beads) + len(status.failed_beads)
    assert f"{len(status.completed_beads)}/4" == status.progress
    assert len({each.bead for each in status.waiting}) == len(status.waiting)
    assert (status.phase == "Complete") == (len(status.completed_beads) == 4)
    refinery_status([observation])
    for bead in observation.beads:
        name = polecat_name(made, rig, bead=bead.bead, task=bead.task)
        polecat = polecat_of(name, bead, observation=observation, convoy=made, rig=rig)
        assert type(polecat).model_validate(polecat.manifest()) == polecat


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_what_is_done_stays_done(story, convoy, data):
    """Whatever a later attempt shows."""
    first = data.draw(stories(story)).observe()
    later = data.draw(stories(lambda *told, **more: story(*told, **more, name="c-1-r1", attempt=1))).observe()
    done = {bead.bead for bead in first.beads if bead.stage is Stage.DONE}

    status = convoy_status(convoy("abcd", attempt=1), [later, first])

    assert done <= set(status.completed_beads)


def test_compressed_nodes_are_unpacked(story):
    """Argo packs them when a Workflow grows over 1 MiB."""
    told = story({"a": []}).done("a")
    nodes = told.manifest["status"].pop("nodes")
    told.manifest["status"]["compressedNodes"] = base64.b64encode(
        gzip.compress(json.dumps(nodes).encode())
    ).decode()

    assert "Merged" == told.bead().reason


@pytest.mark.parametrize(
    "status",
    [
        pytest.param({"compressedNodes": base64.b64encode(b"\x28\xb5\x2f\xfdrest").decode()}, id="zstd"),
        pytest.param({"compressedNodes": base64.b64encode(gzip.compress(b"{}")[:-9]).decode()}, id="cut off"),
        pytest.param({"compressedNodes": base64.b64encode(gzip.compress(b"oops")).decode()}, id="not JSON"),
        pytest.param({"compressedNodes": "%%%"}, id="not base64"),
        pytest.param({"compressedNodes": base64.b64encode(gzip.compress(b"[1]")).decode()}, id="no map"),
        pytest.param(
            {"compressedNodes": base64.b64encode(gzip.compress(bytes(UNPACKED + 1), 1)).decode()}, id="a bomb"
        ),
        pytest.param({"offloadNodeStatusVersion": "fnv:1"}, id="stored elsewhere"),
        pytest.param({"offloadNodeStatusVersion": "fnv:1", "nodes": {}}, id="stored elsewhere, empty"),
    ],
)
def test_what_cannot_be_read_is_unknown(story, convoy, status):
    """Nothing is said of its beads: absent nodes are not beads that did not run."""
    told = story({"a": []}).ended()
    told.manifest["status"] = {"phase": "Succeeded", "finishedAt": "2026-03-01T11:00:00Z"} | status

    observation = told.observe()

    assert (False, ()) == (observation.known, observation.beads)
    assert "InProgress" == convoy_status(convoy("a"), [observation]).phase


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param({"metadata": {"name": "x"}, "spec": {}}, id="just made"),
        pytest.param(
            {"metadata": {"name": "x", "labels": None}, "spec": {"templates": None}, "status": None},
            id="nulls",
        ),
        pytest.param(
            {"metadata": {"name": "x"}, "spec": {"workflowTemplateRef": {"name": "t"}}}, id="a stranger's"
        ),
        pytest.param(
            {"metadata": {"name": "x", "labels": {"gastown.io/attempt": "two"}}, "spec": {}}, id="bad label"
        ),
    ],
)
def test_a_workflow_without_our_graph_has_no_beads(manifest):
    """Somebody else's may carry our labels: a resubmitted copy, or one edited by hand."""
    observation = observe(manifest)

    assert ((), "Pending", 0) == (observation.beads, observation.phase, observation.attempt)


def test_a_workflow_that_was_retried_runs_again(story):
    """`argo retry` takes the end back; only the label tells that it is final."""
    told = story({"a": []}).done("a").ended()
    told.manifest["metadata"]["labels"]["workflows.argoproj.io/completed"] = "false"

    assert not told.observe().ended


@pytest.mark.parametrize(
    ("phase", "message", "word"),
    [
        ("Pending", "ImagePullBackOff: Back-off pulling image agent:9", "ImagePullBackOff"),
        ("Pending", "Unschedulable: 0/3 nodes are available: 3 Insufficient memory.", "Unschedulable"),
        ("Pending", 'CreateContainerConfigError: secret "key" not found', "secret"),
        ("Failed", "main: OOMKilled (exit code 137)", "OOMKilled"),
        ("Error", "pod deleted", "deleted"),
    ],
    ids=["image", "unschedulable", "secret", "memory", "deleted"],
)
def test_a_workflow_of_the_first_version_says_what_its_pod_waits_for(phase, message, word):
    """It runs on while the adapter is upgraded; its tasks may name no template."""
    over = phase != "Pending"
    up = phase if over else "Running"
    rows = {"a": ("DAG", up, ""), "a.polecat": ("Retry", up, ""), "a.polecat(0)": ("Pod", phase, message)}
    nodes = {
        f"c-1-{path}": {
            "id": f"c-1-{path}",
            "name": f"c-1.{path}",
            "type": kind,
            "phase": at,
            "message": words,
        }
        for path, (kind, at, words) in rows.items()
    }
    task = {"name": "a", "arguments": {"parameters": [{"name": "bead", "value": "a"}]}}
    stranger = {"name": "b", "template": "of-somebody"}
    inner = [{"name": "polecat"}, {"name": "land"}]
    templates = [
        {"name": "convoy", "dag": {"tasks": [task, stranger]}},
        {"name": "deliver", "dag": {"tasks": inner}},
    ]
    labels = {"gastown.io/convoy": "c", "gastown.io/rig": "app", "gastown.io/attempt": "0"}
    (bead,) = observe(
        {
            "metadata": {"name": "c-1", "labels": labels},
            "spec": {"templates": templates},
            "status": {"phase": up, "nodes": nodes},
        }
    ).beads
    assert word in bead.message
