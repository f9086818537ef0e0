"""A proxy's log-in page, a cut answer, a server of another kind: one line that says so, for every verb."""

import pytest

from kubectl_gt.exits import Exit

JSON = ("Content-Type", "application/json")
STRANGERS = {
    "a log-in page": (200, "<html>log in</html>", ("Content-Type", "text/html")),
    "nothing": (200, "", JSON),
    "null": (200, "null", JSON),
    "an array": (200, "[1]", JSON),
    "a number": (200, "5", JSON),
    "half an answer": (200, '{"items": [', JSON),
    "no list": (200, '{"items": [5, null]}', JSON),
    "an object of nobody": (200, "{}", JSON),
}
VERBS = (
    "status", "inbox", "top", "doctor", "rig list", "convoy list", "polecat list", "costs", "mq list",
    "convoy status c", "polecat logs p", "rig set app --max-polecats 3", "sling app-1 app", "auth status",
)  # fmt: skip


@pytest.mark.parametrize("stranger", STRANGERS.values(), ids=STRANGERS)
def test_every_verb_says_so_and_changes_nothing(served, stranger):
    """The address or the log-in is wrong, whatever the verb; nobody reads a traceback to learn that."""
    ask = served(lambda _: stranger)
    for line in VERBS:
        ran = ask(*line.split(), "--request-timeout", "9s")
        assert "Traceback" not in ran.err, line
        told = ran.out if line == "doctor" else ran.error
        assert ran.code in (
            (Exit.FAILED,) if line == "doctor" else (Exit.UNAVAILABLE, Exit.REFUSED, Exit.MISSING)
        ), line
        assert any(mark in told for mark in ("; ", "fix: ")), (line, told)


@pytest.mark.parametrize("line", ["status", "rig list", "convoy status c"])
def test_the_address_is_named(served, line):
    """With what to look at."""
    ran = served(lambda _: STRANGERS["a log-in page"])(*line.split())
    assert (Exit.UNAVAILABLE, True) == (ran.code, "is no apiserver; check --server or --context" in ran.error)


def test_a_list_of_nothing_may_be_null(served):
    """Go writes an empty list so where nobody took care."""
    ran = served(lambda _: (200, {"items": None, "metadata": {}}))("convoy", "list")
    assert (Exit.OK, "No convoys found.\n") == (ran.code, ran.err)


@pytest.mark.parametrize("line", ["convoy list", "convoy status c", "convoy stop c"])
def test_an_object_of_another_version_is_no_slip_of_the_user(served, line):
    """Nobody typed a manifest, so none is to be corrected."""
    convoy = {
        "metadata": {"name": "c"},
        "spec": {"description": "d", "rigRef": "app", "beads": [], "later": 1},
    }
    ran = served(
        lambda asked: (200, {"items": [convoy], "metadata": {}} if asked.path.endswith("convoys") else convoy)
    )(*line.split())
    assert Exit.UNAVAILABLE == ran.code
    assert (
        "convoy c: the cluster holds it in a form that is not known here (spec.later is not a field"
        in ran.error
    )
    assert "; update gastown or the chart, whichever is older" in ran.error
