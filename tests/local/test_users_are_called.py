"""The user's command is run for what needs them, once, whoever looks how often."""

import pytest

from crds import Convoy, Polecat
from workflows.convoys.news import news
from workflows.labels import NOTIFY
from workflows.local.processes import daemon

ASKS = """
if [ "$GASTOWN_BEAD" = b-1 ]; then echo 'which colour?' >"$GASTOWN_ESCALATE"; exit 0; fi
echo x >"$GASTOWN_BEAD"; git add -A; git commit -qm x
"""


def _told(*, status=None, budget=None, **reasons):
    """What is told of a convoy whose failed beads have these reasons."""
    spec = {"description": "d", "rigRef": "app", "trackedBeads": [*reasons, "b-9"], "budget": budget}
    status = {"failedBeads": [*reasons], "progress": "1/3"} | (status or {})
    convoy = Convoy.model_validate({"metadata": {"name": "c"}, "spec": spec, "status": status})
    polecats = [
        Polecat.model_validate(
            {
                "metadata": {"name": f"nux-{bead}"},
                "spec": {"rig": "app", "desiredState": "Working", "beadID": bead},
                "status": {"phase": "Stuck", "reason": reason, "summary": "so it was"},
            }
        )
        for bead, reason in reasons.items()
    ]
    return [(each.kind.value, each.text) for each in news(convoy, polecats)]


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("Escalated", [("question", "b asks: so it was")]),
        ("GateFailed", [("failure", "b failed: so it was")]),
        ("DependencyFailed", []),
        ("Stopped", []),
        ("NotRun", []),
    ],
)
def test_a_failure_is_told_unless_a_person_or_another_failure_brought_it_about(reason, told):
    """A question is told as one."""
    assert told == _told(b=reason)


@pytest.mark.parametrize(("cost", "told"), [(3.9, 0), (4.0, 1), (5.2, 1)])
def test_most_of_a_budget_is_told(cost, told):
    """From 80 % on."""
    assert told == len(_told(status={"costUSD": cost}, budget={"totalUSD": 5}))


def test_the_end_is_told_last():
    """With how it was."""
    ended = {"phase": "Failed", "failedBeads": ["b"]}
    assert [("end", "convoy c: Failed, 1/3 done, 1 failed")] == _told(status=ended, b="Escalated")[1:]


def test_the_command_of_the_town_is_run_for_each_once(town, tmp_path):
    """With the sentence on its standard input and the rest in its environment; `notifyOnComplete` says to whom at the end."""
    heard = tmp_path / "heard"
    town.local.notices.name(
        f'read text; echo "$GASTOWN_EVENT|$GASTOWN_BEAD|$GASTOWN_NOTIFY_TO|$text" >>{heard}'
    )
    town.convoy({"b-1": [], "b-2": []}, ASKS, notifyOnComplete="mayor")
    town.wait()
    town.until(lambda: not town.local.notices.due("c"))
    lines = sorted(heard.read_text().splitlines())
    assert lines == [
        "end||mayor|convoy c: Failed, 1/2 done, 1 failed",
        "question|b-1||b-1 asks: which colour?",
    ]


def test_a_call_that_died_with_its_runner_is_made_by_the_next(town, tmp_path):
    """The command of the end kills its runner, as a power cut would: nobody runs that convoy again, so another one's runner calls."""
    heard, once = tmp_path / "heard", tmp_path / "once"
    town.local.notices.name(
        f'echo "$GASTOWN_CONVOY $GASTOWN_EVENT" >>{heard}; [ "$GASTOWN_EVENT" != end ] || mkdir {once} || exit 0; '
        f'[ "$GASTOWN_EVENT" != end ] || kill -9 $PPID'
    )
    town.convoy({"b-1": []}, ASKS)
    town.until(once.exists)
    town.until(lambda: not daemon.alive(town.local.home, "c"))
    assert "end" == town.local.notices.due("c")[-1].environ["GASTOWN_EVENT"]
    spec = {"description": "d", "rigRef": "app", "beads": [{"id": "b-2", "title": "t"}], "stop": True}
    town.local.convoys.create(Convoy.model_validate({"metadata": {"name": "d"}, "spec": spec}))
    daemon.start(town.local.home, "d")
    town.until(lambda: not town.local.notices.due("c"))
    assert 2 == heard.read_text().splitlines().count("c end")


def test_a_convoys_own_command_goes_before_the_towns(town):
    """And none at all calls nobody."""
    town.rig()
    spec = {"description": "d", "rigRef": "app", "beads": [{"id": "b-1", "title": "t"}], "stop": True}
    town.local.convoys.create(Convoy.model_validate({"metadata": {"name": "c"}, "spec": spec}))
    town.local.convoys.start("c")
    town.wait()
    assert [] == town.local.notices.due("c")
    town.local.notices.name("of the town")
    manifest = town.local.store.resource("Convoy", "c")
    manifest["metadata"]["annotations"] = {NOTIFY: "its own"}
    town.local.store.put_resource(manifest)
    assert ["its own"] == [each.command for each in town.local.notices.due("c")]
