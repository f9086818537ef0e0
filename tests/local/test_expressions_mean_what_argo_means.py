import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.errors import ConvoyRefused
from workflows.local.engine import expressions

RETRY = {"lastRetry": {"exitCode": "10", "status": "Failed", "message": "it's over"}}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("lastRetry.exitCode not in ['0', '10']", False),
        ("lastRetry.exitCode not in ['0', '11']", True),
        ("lastRetry.exitCode in ['10']", True),
        ("asInt(lastRetry.exitCode) == 10", True),
        ("asInt(lastRetry.exitCode) != 10 || lastRetry.status == 'Failed'", True),
        ("!(lastRetry.status == 'Error') && lastRetry.exitCode != '0'", True),
        ('lastRetry.message == "it\'s over"', True),
    ],
)
def test_a_retrys_condition(expression, value):
    """The forms that compiled Workflows and people use."""
    assert value == expressions.evaluate(expression, RETRY)


@pytest.mark.parametrize(
    "expression",
    [
        "lastRetry.exitCode > 1",
        "f(1)",
        "__import__('os')",
        "unknown",
        "1 +",
        "lastRetry matches 'x'",
        "a.b.c",
    ],
)
def test_what_is_not_known_is_refused(expression):
    """Never guessed, and never run."""
    with pytest.raises(ConvoyRefused, match="not understood on one machine"):
        expressions.evaluate(expression, RETRY | {"lastRetry": {"exitCode": "1"}})


@pytest.mark.parametrize(
    ("expression", "phase", "holds"),
    [
        ("a", "Succeeded", True),
        ("a", "Skipped", True),
        ("a", "Failed", False),
        ("a", "Error", False),
        ("a", "Omitted", False),
        ("a.Failed", "Failed", True),
        ("a.Errored", "Error", True),
        ("a.Omitted", "Omitted", True),
        ("a.Succeeded || a.Failed", "Failed", True),
        ("!a.Failed", "Failed", False),
        ("a-b-1 && class", "Succeeded", True),
        ("a", None, None),
        ("a || b", None, None),
    ],
)
def test_depends(expression, phase, holds):
    """A bare name is Succeeded, Skipped or Daemoned; nothing is decided before all named tasks have ended."""
    assert holds is expressions.depends(expression, lambda _: phase)


@pytest.mark.parametrize("word", ["class", "in-1", "is", "None", "lambda", "if", "a1", "A-1-b"])
def test_any_task_name_can_be_waited_for(word):
    """Python's words are no words of Argo's."""
    assert expressions.depends(f"x && {word}", lambda _: "Succeeded")
    assert ("x", word) == expressions.names(f"x && {word}")


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["a", "b-1", "c.Failed", "!a", "(a || c)"]), min_size=1, max_size=4),
    st.sampled_from([" && ", " || "]),
)
def test_and_or_not(terms, joint):
    """For every way in which three tasks can end."""
    for phases in itertools.product(["Succeeded", "Failed"], repeat=3):
        told = dict(zip(["a", "b-1", "c"], phases, strict=True))
        truth = {
            "a": told["a"] == "Succeeded",
            "b-1": told["b-1"] == "Succeeded",
            "c.Failed": told["c"] == "Failed",
        }
        truth |= {"!a": not truth["a"], "(a || c)": truth["a"] or not truth["c.Failed"]}
        expected = (all if "&" in joint else any)(truth[term] for term in terms)

        assert expected == expressions.depends(joint.join(terms), told.get)


KNOWN = {
    "node": {"name": "c-1.a.a-again"},
    "tasks": {"name": "a-again"},
    "workflow": {"name": "c-1", "outputs": {"parameters": {"c-1_a": "merged"}}},
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("get(workflow?.outputs?.parameters,'c-1_a')=='merged'?'merge':'again'", "merge"),
        ("get(workflow?.outputs?.parameters,'c-1_'+'b')=='merged'?'merge':'again'", "again"),
        ("replace($env?.node?.name??'','.','_')", "c-1_a_a-again"),
        ("len(split(trimPrefix(node.name,workflow.name+'.'),'.'))>2?'resolve':'work'", "work"),
        ("len(split(trimPrefix(node.name+'.x',workflow.name+'.'),'.'))>2?'resolve':'work'", "resolve"),
        ("replace(trimSuffix(node.name,'.'+tasks.name),'.','_')", "c-1_a"),
    ],
)
def test_what_stands_in_a_placeholder(expression, value):
    """The forms that compiled Workflows use; each was seen to give the same in Argo 4.0.2."""
    assert value == expressions.evaluate(expression, KNOWN)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [("conflict == conflict", True), ("merged == conflict", False), (" == conflict", False)],
)
def test_when(condition, holds):
    """Words, maybe none."""
    assert holds is expressions.when(condition)


@pytest.mark.parametrize("condition", ["merged", "", "a == b == c", "a != b"])
def test_a_when_that_is_no_comparison_is_refused(condition):
    """With the words that were not understood."""
    with pytest.raises(ConvoyRefused, match="not understood on one machine"):
        expressions.when(condition)
