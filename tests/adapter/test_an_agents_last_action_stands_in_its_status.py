"""What agents at work did last stands in the statuses of their Polecats, read from the ends of their logs at a bounded rate."""

import dataclasses
import datetime
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from inmemory import Fault
from playtown import MERGED, WORKING, Bead, Town, bead

from adapter.polecats.lastaction import Act, act_of, after, due
from adapter.polecats.status import polecat_status
from crds import Convoy, ConvoySpec, Metadata, Rig, RigSpec

Make = Callable[..., Any]

AT_WORK = {"phase": "Working", "reason": "Working", "podName": "pod", "podActive": True}
WAITING = {"phase": "Working", "reason": "Working", "podName": "pod"}
RETRYING = AT_WORK | {"reason": "Retrying"}
DONE = {"phase": "Done", "reason": "Merging", "podName": "pod", "podActive": True}


def _read(town: Town) -> Counter[str]:
    """How often each pod's log was asked for since the last time."""
    found = Counter(
        {path: count for (_, path), count in town.server.requests.items() if path.endswith("/log")}
    )
    town.server.requests.clear()
    return found


def _writes(town: Town) -> int:
    found = int(town.server.writes["PATCH", "polecats/status"])
    town.server.writes.clear()
    return found


async def _working(town: Town, beads: int = 1) -> None:
    """A convoy whose agents all work; a hundred fit into one Workflow."""
    town.rig()
    town.convoy("demo", *(bead(number + 1) for number in range(beads)))
    for train in range((beads + 99) // 100):
        made = await town.workflow(f"demo-{train + 1}")
        tasks = [each["name"].replace("-", "_") for each in made["spec"]["templates"]]
        town.show(f"demo-{train + 1}", **{task: WORKING for task in tasks if task.startswith("ap_")})
    await town.until("agents at work", lambda: [*town.phases().values()] == beads * ["Working"])


def _action(town: Town, of: str = "ap-1") -> str:
    return str(town.polecats()[of].get("lastAction", ""))


@pytest.mark.parametrize(
    ("status", "waits"),
    [
        pytest.param(AT_WORK, True, id="at work"),
        pytest.param(WAITING, False, id="its pod does not run"),
        pytest.param(RETRYING, False, id="before another attempt"),
        pytest.param(DONE, False, id="its work is published"),
    ],
)
def test_logs_of_agents_at_work_are_read(seen: Make, status: dict[str, Any], *, waits: bool) -> None:
    """And of no other polecat."""
    polecat = seen("Polecat", "nux", {"rig": "ap", "beadID": "a"}, status=status)
    assert ([polecat] if waits else []) == due([polecat], {}, now=100.0, interval=15.0)


def test_who_has_waited_longest_is_read_first(seen: Make) -> None:
    """And nobody twice within an interval."""
    polecats = [seen("Polecat", name, {"rig": "ap", "beadID": name}, status=AT_WORK) for name in "abcd"]
    read = {"uid-Polecat-a": 86.0, "uid-Polecat-b": 84.0, "uid-Polecat-c": 80.0}
    found = due(polecats, read, now=100.0, interval=15.0)
    assert ["d", "c", "b"] == [each.key.name for each in found]


@pytest.mark.parametrize(
    ("log", "action", "at"),
    [
        pytest.param(b"", "", None, id="nothing yet"),
        pytest.param(
            b"2026-05-01T12:00:00.123456789Z $ make test\n2026-05-01T12:00:02.5Z All is green.\n",
            "$ make test",
            "2026-05-01T12:00:02+00:00",
            id="its times are not shown",
        ),
        pytest.param(
            b"unable to retrieve container logs\n", "to retrieve container logs", None, id="no times"
        ),
        pytest.param(
            b"2026-05-01T12:00:00Z \x1b[31m[Edit]\x1b[0m \xff\x00a.py\n",
            "[Edit] \ufffd a.py",
            "2026-05-01T12:00:00+00:00",
            id="control characters",
        ),
        pytest.param(b"2026-05-01T12:00:00 $ ls\n", "$ ls", None, id="no zone"),
    ],
)
def test_the_end_of_a_log_says_what_was_done(log: bytes, action: str, at: str | None) -> None:
    """In the words that the command line has, and when."""
    assert Act(action, datetime.datetime.fromisoformat(at) if at else None) == act_of(log)


@pytest.mark.parametrize(
    ("known", "expected"),
    [("2026-05-01T11:59:00Z", 0), ("2026-05-01T12:01:00Z", 60)],
    ids=["newer", "older than what is known"],
)
def test_an_activity_never_goes_back(seen: Make, known: str, expected: int) -> None:
    """Its node may know of a later one."""
    polecat = seen("Polecat", "nux", {"rig": "ap"}, status=AT_WORK | {"lastActivity": known})
    at = datetime.datetime(2026, 5, 1, 12, 0, tzinfo=datetime.UTC)
    found = after(polecat, Act("$ ls", at))
    told = datetime.datetime.fromisoformat(found.last_activity)
    assert ("$ ls", expected) == (found.last_action, (told - at).total_seconds())
    assert dataclasses.replace(polecat, last_action="$ ls", last_activity=found.last_activity) == found


@pytest.mark.parametrize("own", [True, False], ids=["of this attempt", "of the one before"])
def test_an_action_is_that_of_its_attempt(
    seen: Make, seen_workflow: Make, now: datetime.datetime, *, own: bool
) -> None:
    """Another pod has not done it."""
    observation = seen_workflow("demo-1", {"a": "Running"}, owner="Convoy/demo").observation
    (one,) = observation.beads
    known = AT_WORK | {"lastAction": "$ make test", "podName": one.pod if own else "pod"}
    polecat = seen("Polecat", "nux", {"rig": "ap", "beadID": "a"}, status=known)
    convoy = Convoy(metadata=Metadata(name="demo"), spec=ConvoySpec(description="d", tracked_beads=("a-1",)))
    rig = Rig(metadata=Metadata(name="ap"), spec=RigSpec(git_url="https://git.test/a.git", beads_prefix="ap"))
    found = polecat_status(polecat, one, observation=observation, convoy=convoy, rig=rig, now=now)
    assert ("Working", "$ make test" if own else None) == (found["phase"], found.get("lastAction"))


async def test_it_moves_while_the_agent_works(town: Town) -> None:
    """With the time at which the agent printed it, and each action written once."""
    await _working(town)
    town.prints("ap-1", "model opus", "$ make test")
    await town.until("the first", lambda: _action(town) == "$ make test")
    await town.rest(60)
    at = town.time
    town.prints("ap-1", "[Edit] src/a.py", "Now the rest.")
    _writes(town)
    await town.until("the second", lambda: _action(town) == "[Edit] src/a.py")
    assert at == town.polecats()["ap-1"]["lastActivity"]
    for _ in range(10):
        town.prints("ap-1", "Still at it.")
        await town.rest(30)
    assert 1 == _writes(town)


async def test_it_stays_when_something_else_is_written(town: Town) -> None:
    """And through a restart, which writes nothing."""
    await _working(town)
    town.prints("ap-1", "$ make test")
    await town.until("its action", lambda: _action(town) == "$ make test")
    town.show("demo-1", ap_1=Bead(work="Running", activity=3))
    await town.until("its activity", lambda: town.polecats()["ap-1"].get("activity") == 3)
    assert "$ make test" == _action(town)
    await town.rest(30)
    _writes(town)
    assert await town.adapter.stop()
    town.adapter.start()
    await town.rest(30)
    assert (0, "$ make test") == (_writes(town), _action(town))


@pytest.mark.parametrize(
    "then",
    [
        pytest.param(MERGED, id="it is merged"),
        pytest.param(Bead(work="Failed", again=True), id="its attempt failed"),
        pytest.param(Bead(work="Failed"), id="it failed"),
    ],
)
async def test_it_goes_with_the_agent(town: Town, then: Bead) -> None:
    """Nothing works at it any more, and its log is read no more."""
    await _working(town)
    town.prints("ap-1", "$ make test")
    await town.until("its action", lambda: _action(town) == "$ make test")
    town.show("demo-1", ap_1=then)
    await town.until("no action", lambda: _action(town) == "")
    _read(town)
    await town.rest(120)
    assert Counter() == _read(town)


async def test_a_polecat_made_by_hand_has_one(town: Town) -> None:
    """Its status is written by its own reconcile, and keeps the action."""
    town.rig()
    town.make(
        "Polecat",
        "nux",
        {"rig": "ap", "beadID": "ap-9", "desiredState": "Working", "task": {"description": "Do."}},
    )
    await town.until("its Workflow", lambda: bool(town.all("Workflow")))
    (workflow,) = [
        each["metadata"]["name"] for each in town.all("Workflow") if "nux" in each["metadata"]["name"]
    ]
    town.show(workflow, ap_9=WORKING)
    await town.until("it works", lambda: town.phases()["ap-9"] == "Working")
    town.prints("ap-9", "$ make test")
    await town.until("its action", lambda: _action(town, "ap-9") == "$ make test")
    town.patch("Polecat", "nux", {"metadata": {"labels": {"team": "red"}}})
    await town.rest(30)
    assert "$ make test" == _action(town, "ap-9")
    town.patch("Polecat", "nux", {"spec": {"desiredState": "Idle"}})
    town.end(workflow, "Failed")
    await town.until("it is idle", lambda: town.phases()["ap-9"] == "Idle")
    assert "" == _action(town, "ap-9")


@pytest.mark.settings(last_action={"interval": 15, "rate": 4})
async def test_the_rate_is_bounded(town: Town) -> None:
    """200 agents that print all the time: four requests and four writes a second, the same for all; none is read twice in an interval."""
    await _working(town, 200)
    for number in range(200):
        town.prints(f"ap-{number + 1}", f"$ make test-{number}")
    await town.rest(60)
    assert all(each.get("lastAction") for each in town.polecats().values())
    _read(town), _writes(town)
    pods = Counter(each["podName"] for each in town.polecats().values())
    for turn in range(2):
        for number in range(200):
            town.prints(f"ap-{number + 1}", f"$ make turn-{turn}")
        await town.rest(25)
    read = _read(town)
    assert 190 <= read.total() <= 4 * 50 + 1
    assert {path.split("/")[-2] for path in read} == set(pods)
    assert [] == [path for path, count in read.items() if count > 2 * pods[path.split("/")[-2]]]
    assert 190 <= _writes(town) <= read.total()


async def test_few_are_read_once_in_an_interval(town: Town) -> None:
    """However fast it could be."""
    await _working(town, 3)
    for number in range(3):
        town.prints(f"ap-{number + 1}", "$ make")
    await town.rest(60)
    _read(town)
    await town.rest(150)
    assert {9, 10} >= set(_read(town).values())


@pytest.mark.parametrize("code", [403, 500, 0], ids=["forbidden", "a kubelet that is away", "cut"])
async def test_a_log_that_can_not_be_read_costs_nothing(town: Town, code: int) -> None:
    """It is counted, all else goes on, and it is read at its next turn."""
    await _working(town)
    town.server.faults.append(Fault(method="GET", plural="pods", name="log", code=code, times=1000))
    town.prints("ap-1", "$ make test")
    await town.rest(40)
    assert (True, "") == (town.adapter.alive, _action(town))
    assert {2, 3} >= {town.adapter.measure("gastown_log_reads_total", result="failed")}
    town.server.faults.clear()
    await town.until("its action", lambda: _action(town) == "$ make test")
    await town.rest(1)
    assert 1 == town.adapter.measure("gastown_log_reads_total", result="read")


async def test_no_pod_is_no_failure(town: Town) -> None:
    """It went before its node said so."""
    await _working(town)
    await town.rest(40)
    assert 0 == town.adapter.measure("gastown_log_reads_total", result="failed")
    assert 1 <= town.adapter.measure("gastown_log_reads_total", result="gone")


@pytest.mark.settings(last_action=None)
async def test_where_it_may_read_no_logs_it_asks_for_none(town: Town) -> None:
    """All else is as it was."""
    await _working(town)
    town.prints("ap-1", "$ make test")
    await town.rest(120)
    assert (Counter(), "") == (_read(town), _action(town))
