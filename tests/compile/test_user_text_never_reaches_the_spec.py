"""Argo expands `{{…}}` anywhere in a Workflow, without escape. So what people and models write travels in ConfigMaps."""

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from workflows import labels
from workflows.beads import Bead
from workflows.compile import targets
from workflows.compile.pods import templates
from workflows.errors import AgentRefused, ConvoyRefused
from workflows.orders import TaskOrders, TrainOrders

SIGN = "zQ7"
PLACEHOLDERS = set(
    re.findall(
        r"\{\{.*?\}\}",
        " ".join(
            (
                *templates.PLACEHOLDERS,
                *(choice("ap-1") for choice in (targets.outcome, targets.merged, targets.landed)),
            )
        ),
    )
)
ONLY = {
    lands: set(re.findall(r"\{\{.*\}\}", choice("ap-1")))
    for lands, choice in ((True, targets.landed), (False, targets.merged))
}
"""The one placeholder that is there only where polecats land their work, and where they do not."""
HOSTILE = st.builds(
    lambda before, after: f"{before}{SIGN}{after}",
    st.sampled_from(
        [
            "{{workflow.name}}",
            "{{=sprig.env('HOME')}}",
            "{{inputs.parameters.bead}}",
            '"',
            "'; rm -rf /;'",
            "a\r\nb",
            "🐱",
            "\\",
        ]
    )
    | st.text(max_size=20),
    st.text(max_size=20),
)


@settings(deadline=None, max_examples=25)
@example(texts=["{{workflow.name}}" + SIGN * 33_000] * 12)
@given(st.lists(HOSTILE, min_size=12, max_size=12))
def test_text_arrives_unchanged_and_nowhere_else(submit, texts):
    """Titles, prompts, gates, commands, variables: whole in the pod's files, absent from the Workflow."""
    title, description, design, criteria, notes, gate, command, argument, value, pattern, model, purpose = (
        texts
    )
    bead = Bead(
        id="ap-1",
        title=title,
        description=description,
        design=design,
        acceptance_criteria=criteria,
        notes=notes,
    )
    shorten = 1000
    model = f"m{model}"  # one that begins with "-" is refused
    submission = submit(
        beads={"ap-1": bead},
        description=purpose[:shorten],
        rig={
            "gates": [{"name": "g", "command": gate[:shorten]}],
            "agents": [
                {"name": "own", "command": ["run", "{prompt}"], "authPatterns": [re.escape(pattern[:250])]}
            ],
        },
        agent="own",
        agentConfig={
            "command": [command[:shorten]],
            "args": [argument[:shorten]],
            "model": model[:shorten],
            "env": [{"name": "TOLD", "value": value[:shorten]}],
        },
    )

    # Not the whole texts: a difference that pytest would show takes minutes.
    assert submission.text.find(SIGN) == -1
    assert submission.placeholders == PLACEHOLDERS - ONLY[True]
    assert "{{" not in submission.workflow["metadata"]["annotations"][labels.DESCRIPTION]
    with tempfile.TemporaryDirectory() as mounted:
        train, task = _orders(submission.mount(Path(mounted)))
    assert title == task.title
    assert all(text.strip() in task.prompt for text in (description, design, criteria, notes))
    assert gate[:shorten] == train.gates[0].command
    assert (command[:shorten], argument[:shorten]) == train.agent.command
    assert (model[:shorten], value[:shorten]) == (train.agent.model, train.agent.environment["TOLD"])
    assert (re.escape(pattern[:250]),) == train.agent.auth_patterns


def _orders(directory):
    return TrainOrders.load(directory), TaskOrders.load(directory, "ap-1")


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param({"budget": {"perBeadUSD": 2.5}}, id="budget"),
        pytest.param(
            {"agentConfig": {"modelProvider": {"endpoint": "https://x/{{workflow.name}}"}}}, id="endpoint"
        ),
    ],
)
def test_other_fields_travel_as_files_too(submit, spec):
    """Whatever a field allows."""
    assert submit(**spec).placeholders == PLACEHOLDERS - ONLY[False]


@pytest.mark.parametrize(
    ("variable", "refusal", "words"),
    [
        pytest.param(
            {"name": "{{workflow.name}}", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "k"}}},
            AgentRefused,
            "its environment names {{workflow.name}}, which no shell takes",
            id="name",
        ),
        pytest.param(
            {"name": "a-b", "value": "x"}, AgentRefused, "its environment names a-b", id="no shell's name"
        ),
        pytest.param(
            {"name": "X", "valueFrom": {"fieldRef": {"fieldPath": "metadata.{{workflow.name}}"}}},
            ConvoyRefused,
            "convoy c: Argo would expand {{workflow.name}} in its agentConfig",
            id="source",
        ),
    ],
)
def test_what_must_stand_in_the_spec_is_no_template(submit, variable, refusal, words):
    """Kubernetes fills such variables, so they can't travel as files."""
    with pytest.raises(refusal) as refused:
        submit(agentConfig={"env": [variable]})

    assert words in str(refused.value)
