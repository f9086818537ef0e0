"""No question that waits is hidden, and none that was settled is shown."""

import pytest

from crds import Convoy, Polecat, Rig
from kubectl_gt.commands.status import told
from kubectl_gt.show.inbox.needs import Need, needs
from kubectl_gt.show.nextstep import NEXT, next_step
from kubectl_gt.show.overview import Overview
from kubectl_gt.show.snapshot import of_convoy
from workflows.clock import LONG_AGO
from workflows.exits import Reason


def _convoy(name="build", *, beads=("app-1",), phase="Failed", failed=("app-1",), base=None, rig="app"):
    spec = {"description": f"Make {name}", "rigRef": rig, "trackedBeads": beads, "baseBranch": base}
    status = {"phase": phase, "failedBeads": failed}
    return Convoy.model_validate(
        {"kind": "Convoy", "metadata": {"name": name}, "spec": spec, "status": status}
    )


def _polecat(convoy="build", *, bead="app-1", rig="app", hour=10, reason="Escalated"):
    done = reason in ("Merged", "Completed")
    status = {
        "phase": "Done" if done else "Stuck",
        "reason": reason,
        "summary": "which colour?",
        "startedAt": f"2026-01-01T{hour:02}:00:00Z",
        "lastActivity": f"2026-01-01T{hour:02}:30:00Z",
    } | ({"mergedCommit": "a" * 40} if reason == "Merged" else {})
    labels = {"gastown.io/convoy": convoy} if convoy else {}
    return Polecat.model_validate(
        {
            "kind": "Polecat",
            "metadata": {"name": f"nux-{hour}", "labels": labels},
            "spec": {"rig": rig, "beadID": bead, "desiredState": "Working"},
            "status": status,
        }
    )


def _beads(convoys, polecats):
    return [each.what for each in needs((), convoys, polecats, stalled={}, program="gastown")]


def test_a_bead_of_a_convoy_under_way_asks_at_once():
    """The convoy may work for hours on its other beads; the question is there now."""
    convoy = _convoy(beads=("app-1", "app-2"), phase="InProgress")
    assert ["app-1"] == _beads([convoy], [_polecat()])


@pytest.mark.parametrize(("reason", "asks"), [("AwaitingReview", ["app-1"]), ("AwaitingChecks", [])])
def test_a_pull_request_that_waits_for_people_asks_them(reason, asks):
    """One that waits for checks asks nobody."""
    polecat = _polecat(reason=reason)
    done = polecat.model_copy(update={"status": polecat.status.model_copy(update={"phase": "Done"})})
    convoy = _convoy(phase="InProgress", failed=())
    assert asks == _beads([convoy], [done])


def test_agents_that_are_logged_out_ask_once_for_a_rig():
    """Their beads have not failed, and go on by themselves after the next log-in."""
    convoy = _convoy(beads=("app-1", "app-2"), phase="InProgress", failed=())
    idle = {"phase": "Idle", "reason": "AuthFailed", "summary": "claude-code: Please run /login"}
    found = [
        each.model_copy(update={"status": each.status.model_copy(update=idle)})
        for each in (_polecat(bead="app-1"), _polecat(bead="app-2"))
    ]
    [need] = needs((), [convoy], found, stalled={}, program="gastown")
    assert ("rig app", "waiting: app-1, app-2") == (need.what, need.title)
    assert ("claude-code: Please run /login", "log the agent in, then `gastown auth sync`") == (
        need.why,
        need.step,
    )


def test_the_step_is_that_of_the_reason():
    """`convoy status` would only tell the same again."""
    [asked, red] = needs(
        (),
        [_convoy(beads=("app-1", "app-2"), failed=("app-1", "app-2"))],
        [_polecat(), _polecat(bead="app-2", reason="GateFailed", hour=11)],
        stalled={},
        program="gastown",
    )[::-1]
    assert "answer it with `gastown answer app-1 'WORDS'`" == asked.step
    assert "`gastown polecat logs app/nux-11 -c gates`; `gastown convoy resume build`" in red.step


@pytest.mark.parametrize("reason", ["GateFailed", "Conflict"])
@pytest.mark.parametrize(
    ("more", "agent"),
    [
        pytest.param({"branch": "fix-typo"}, False, id="submitted"),
        pytest.param({"reverts": {"convoy": "old", "bead": "app-9"}}, False, id="reverted"),
        pytest.param(
            {"reverts": {"convoy": "old", "bead": "app-9"}, "onConflict": "Agent"}, True, id="by an agent"
        ),
    ],
)
def test_what_no_agent_takes_up_is_merged_again_by_hand(reason, more, agent):
    """`convoy resume` would only merge it again, and says so nowhere; the convoy's own page tells the same."""
    beads = [{"id": "app-1", "title": "Mine", **more}]
    made = _convoy().manifest()
    convoy = Convoy.model_validate(made | {"spec": made["spec"] | {"trackedBeads": [], "beads": beads}})
    polecat = _polecat(reason=reason)
    [need] = needs((), [convoy], [polecat], stalled={}, program="gastown")
    [row] = of_convoy(convoy, [polecat], {}).rows
    assert need.step == next_step(row, convoy="build", program="gastown")
    assert agent == ("`gastown convoy resume build`" in need.step)
    assert agent or need.step.endswith("then `gastown mq retry app-1`")


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(_polecat("other", rig="web", hour=11, reason="Merged"), id="another rig"),
        pytest.param(_polecat("release", hour=11, reason="Merged"), id="another branch"),
        pytest.param(_polecat("other", hour=9, reason="Merged"), id="earlier"),
        pytest.param(_polecat("other", bead="app-2", hour=11, reason="Merged"), id="another bead"),
    ],
)
def test_what_was_done_elsewhere_hides_no_question(other):
    """The same id on another rig or branch is other work, and an earlier merge answers no later question."""
    convoys = [_convoy(), _convoy("release", phase="Complete", failed=(), base="release")]
    assert ["app-1"] == _beads(convoys, [_polecat(), other])


def test_a_later_run_of_the_bead_settles_it():
    """Done, failed anew, or still under way: the later run speaks for the bead."""
    done = _polecat("later", hour=11, reason="Merged")
    assert [] == _beads([_convoy(), _convoy("later", phase="Complete", failed=())], [_polecat(), done])
    again = _polecat("later", hour=11, reason="TimedOut")
    [need] = needs((), [_convoy(), _convoy("later")], [_polecat(), again], stalled={}, program="gastown")
    assert need.why.startswith("TimedOut")
    running = _convoy("later", phase="Pending", failed=())
    assert [] == _beads([_convoy(), running], [_polecat()])


def test_what_only_waited_for_a_failure_asks_nothing():
    """One question is one line, however many beads wait behind it."""
    blocked = _polecat(bead="app-2", reason="DependencyFailed", hour=11)
    convoy = _convoy(beads=("app-1", "app-2"), failed=("app-1", "app-2"))
    assert ["app-1"] == _beads([convoy], [_polecat(), blocked])


def test_a_polecat_without_a_convoy_asks_too():
    """In a cluster a single bead is slung as a Polecat, and no Convoy is made."""
    [need] = needs((), (), [_polecat("")], stalled={}, program="kubectl gt")
    assert ("app-1", "Escalated: which colour?") == (need.what, need.why)
    assert "convoy" not in need.step


def test_a_convoy_that_cannot_be_planned_says_why():
    """Nothing of it ever starts, so nothing of it ever fails."""
    convoy = _convoy(phase="Pending", failed=())
    told = {
        "type": "Planned",
        "status": "False",
        "reason": "CycleFound",
        "message": "app-1 needs itself",
        "lastTransitionTime": "2026-01-01T10:00:00Z",
    }
    convoy = Convoy.model_validate(convoy.manifest() | {"status": {"phase": "Pending", "conditions": [told]}})
    [need] = needs((), [convoy], (), stalled={}, program="gastown")
    assert ("convoy build", "app-1 needs itself") == (need.what, need.why)


def test_what_argos_tools_suspended_is_resumed_there():
    """No verb of ours wakes it; what a person asked for with `suspend` is the town's to say."""
    told = {"type": "Suspended", "status": "True", "lastTransitionTime": "2026-01-01T10:00:00Z"}
    words = {
        "reason": "ByHand",
        "message": "build-1, build-2 was suspended with Argo's tools; resume it there",
    }
    convoy = _convoy(phase="InProgress", failed=())
    by_hand = convoy.manifest() | {"status": {"phase": "InProgress", "conditions": [told | words]}}
    [need] = needs((), [Convoy.model_validate(by_hand)], (), stalled={}, program="kubectl gt")
    assert ("convoy build", "`argo resume build-1 build-2`") == (need.what, need.step)
    asked = by_hand | {
        "status": {"phase": "InProgress", "conditions": [told | words | {"reason": "AskedFor"}]}
    }
    assert () == needs((), [Convoy.model_validate(asked)], (), stalled={}, program="kubectl gt")


def test_rigs_and_stalled_convoys_come_with_a_whole_command():
    """A step is there to be copied."""
    rig = Rig.model_validate(
        {
            "kind": "Rig",
            "metadata": {"name": "app"},
            "spec": {"gitURL": "https://git.example.org/app.git", "beadsPrefix": "app"},
            "status": {"phase": "Degraded"},
        }
    )
    convoy = _convoy(phase="InProgress", failed=())
    found = needs([rig], [convoy], (), stalled={"build": "its runner is gone"}, program="gastown")
    assert ["gastown rig status app", "gastown convoy resume build"] == [each.step for each in found]


def _stands(bead, **status):
    polecat = _polecat(bead=bead)
    return polecat.model_copy(update={"status": polecat.status.model_copy(update=status)})


RED = "main does not pass its own gates at b47468cc890f, so nothing is merged until it does: gate test ended with code 1"
PULL = "its pod has not started: ImagePullBackOff: Back-off pulling image agent:9"
SECRET = 'its pod has not started: CreateContainerConfigError: secret "gateway" not found'
NODE = "its pod has not started: Unschedulable: 0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector."


@pytest.mark.parametrize(
    ("status", "deed"),
    [
        ({"phase": "Done", "reason": "TargetRed", "summary": RED}, "`gastown revert BEAD`"),
        ({"phase": "Working", "reason": "Working", "summary": PULL}, "let the nodes pull that image"),
        ({"phase": "Done", "reason": "Queued", "summary": PULL}, "let the nodes pull that image"),
        (
            {"phase": "Working", "reason": "Working", "summary": f"{PULL.partition(' Back')[0]}"},
            "pull that image",
        ),
        (
            {"phase": "Working", "reason": "Working", "summary": SECRET},
            "`kubectl create secret generic gateway`",
        ),
        ({"phase": "Working", "reason": "Working", "summary": NODE}, "let a node take the pod"),
    ],
    ids=["red-target", "image", "image-of-a-merge", "image-without-words", "secret", "no-node"],
)
def test_what_holds_up_a_rig_asks_once(status, deed):
    """Two hundred beads that wait for one repair are one line, with the words of the first."""
    found = [_stands("app-1", **status), _stands("app-2", **status)]
    convoy = _convoy(beads=("app-1", "app-2"), phase="InProgress", failed=())
    [need] = needs((), [convoy], found, stalled={}, program="gastown")
    assert ("rig app", "waiting: app-1, app-2", status["summary"]) == (need.what, need.title, need.why)
    assert deed in need.step


@pytest.mark.parametrize(
    "status",
    [
        {"phase": "Working", "reason": "Retrying", "summary": "is tried again after: custom is rate limited"},
        {"phase": "Done", "reason": "Queued", "summary": "in the merge queue"},
        {"phase": "Done", "reason": "AwaitingChecks", "summary": "waits for checks"},
        {
            "phase": "Working",
            "reason": "Working",
            "summary": "its pod has not started: Unschedulable: 0/3 nodes are available: 3 Insufficient memory.",
        },
    ],
    ids=["limit", "queue", "checks", "full-node"],
)
def test_what_passes_by_itself_asks_nobody(status):
    """A list that also holds what needs nothing is not read."""
    convoy = _convoy(phase="InProgress", failed=())
    assert [] == _beads([convoy], [_stands("app-1", **status)])


def test_a_bead_is_called_by_its_title():
    """Not by what its convoy is for, which `sling` makes up."""
    [need] = needs(
        (),
        [_convoy()],
        [_polecat()],
        stalled={},
        program="gastown",
        titled=lambda _: {"app-1": "Choose a colour"},
    )
    assert "Choose a colour" == need.title


@pytest.mark.parametrize(
    ("reason", "deed"),
    [
        (
            "Claimed",
            "wait for the end of the convoy that has it, or stop it there, then `gastown convoy resume build`",
        ),
        ("RateLimited", "wait until the limit is over, then `gastown convoy resume build`"),
        ("Declined", "open its pull request again on the forge"),
    ],
)
def test_what_ended_says_how_it_goes_on(reason, deed):
    """Another town has the bead, a limit outlasted all tries, a person closed the pull request."""
    [need] = needs((), [_convoy()], [_polecat(reason=reason)], stalled={}, program="gastown")
    assert deed in need.step


def test_every_end_has_a_step_of_its_own():
    """But for a success, and a crash, of which only its log tells more."""
    ends = {each.word for each in Reason if each.final or each is Reason.RATE_LIMITED}
    assert {"Completed"} == ends - set(NEXT)


def test_a_screen_holds_what_happens_however_much_failed():
    """`status` names the latest and says how many there are; `inbox` has them all."""
    found = tuple(Need(what=f"app-{n}", title="", why="Failed: x", step="read it") for n in range(41))
    seen = Overview(needs=found, running=(), merged=3, cost=0.0, since=LONG_AGO)
    lines = [line for line, _ in told(seen, program="gastown")]
    assert 19 == len(lines)
    assert ("41 need you", "  … and 33 more: `gastown inbox` lists them all") == (lines[0], lines[17])
