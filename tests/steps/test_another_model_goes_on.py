"""A model at its limit, or that is not there, is followed by the next of the list, in the same pod and on the same branch."""

import datetime

import pytest

from workflows.exits import Reason
from workflows.orders import AgentOrders, Fallback
from workflows.steps.courier.models import Models, Next
from workflows.transcript.outcome import Outcome

NOW = datetime.datetime(2026, 1, 1, 12, 0, tzinfo=datetime.UTC)
SCRIPT = """
echo "$1:$COLOUR:$2" >>models
case $1 in big) echo usage limit; exit 1 ;; gone) echo no such model; exit 1 ;; esac
case $1 in late) [ -e rested ] || { echo >rested; echo usage limit; exit 1; } ;; esac
"""
PATTERNS = {"rate_patterns": ("usage limit",), "model_patterns": ("no such model",)}


def _models(first, *others):
    """An agent whose command says its model, with others to go on with, each in an environment of its own."""
    command = ("sh", "-c", SCRIPT, "agent", "{model}")
    fallbacks = tuple(
        Fallback(each, command, ("sh", "-c", SCRIPT, "agent", "{model}", "resumed"), {"COLOUR": each[:1]})
        for each in others
    )
    return {"model": first, "command": command, "fallbacks": fallbacks, "park": 2, **PATTERNS}


def _worked(town):
    return (town.workspace() / "repo" / "models").read_text().splitlines()


@pytest.mark.parametrize("first", ["big", "gone"])
def test_the_next_model_goes_on_at_once(town, shell, first):
    """With its own command and environment, and without the wait for the limit."""
    town.orders(agent=_models(first, "gone", "small"))
    town.hand_over()
    ended = town.launch(shell=shell)
    assert (("0", "Completed"), [f"{first}::", "gone:g:resumed", "small:s:resumed"]) == (
        (ended["code"], ended["reason"]),
        _worked(town),
    )
    assert "fake goes on with the model gone: " in town.shown
    assert "fake goes on with the model small: " in town.shown
    assert "parked" not in town.shown


def test_once_all_are_at_their_limits_the_first_is_waited_for(town):
    """What parks is the whole list; a model that is not there is not asked again."""
    town.orders(agent=_models("late", "gone", "big"))
    town.hand_over()
    ended = town.launch()
    models = [each.partition(":")[0] for each in _worked(town)]
    assert ("Completed", ["late", "gone", "big", "late"]) == (ended["reason"], models)
    assert 1 == town.shown.count("parked for")


def test_what_no_other_model_helps_with_ends(town):
    """A failure is none of the model's."""
    town.orders(agent={**_models("small", "big"), "command": ("sh", "-c", "exit 3")})
    town.hand_over()
    assert "Failed" == town.launch()["reason"]


def test_the_orders_keep_them(town):
    """Compiled for a pod, they are read there as they were."""
    town.orders(agent=_models("big", "small"))
    assert town.train == type(town.train).load(town.tasks)
    assert AgentOrders.of(town.train.agent.dump()) == town.train.agent
    assert "fallbacks" not in AgentOrders("fake", ("true",)).dump()


def _limit(minutes=None):
    lifts = NOW + datetime.timedelta(minutes=minutes) if minutes is not None else None
    return Outcome(1, Reason.RATE_LIMITED, "limit", lifts)


def test_the_model_that_is_free_first_is_waited_for():
    """Whichever of the list that is, for as long as all of them may be waited for."""
    models = Models(("a", "b", "c"), 3600)
    assert (Next(1, 0), Next(2, 0)) == (models.after(_limit(50), NOW), models.after(_limit(5), NOW))
    assert (Next(1, 302), "b") == (models.after(_limit(20), NOW), models.name)
    assert Next(0, 0) == models.after(_limit(50), NOW)
    assert Next(2, 0) == models.after(_limit(58), NOW)
    assert models.after(_limit(57), NOW) == Next(1, 3002)
    assert 3600 - 302 - 3002 == models.left


def test_models_that_are_not_there_leave_nothing_to_wait_for():
    """All of them: that is how the bead ends."""
    models = Models(("a", "b"), 3600)
    missing = Outcome(1, Reason.MODEL_MISSING, "none")
    assert (Next(1, 0), None) == (models.after(missing, NOW), models.after(missing, NOW))
