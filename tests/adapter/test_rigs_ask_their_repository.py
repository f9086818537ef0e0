"""Whether a rig's repository answers: when it is asked, what the answer means, and when it is asked again."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from adapter.objects.conditions import unreachable
from adapter.rigs.repository import reach
from crds import Rig
from workflows.compile import CompileSettings, check_dependencies, compile_check
from workflows.observe import CheckObservation, observe_check

Make = Callable[..., Any]

REFUSED = {
    "type": "RepositoryReachable",
    "status": "False",
    "reason": "AuthFailed",
    "message": "access is refused",
    "lastTransitionTime": "2026-05-01T11:00:00Z",
}


def _rig(seen: Make, **status: Any) -> Rig:
    spec = {"gitURL": "https://git.test/a.git", "beadsPrefix": "ap"}
    found = seen("Rig", "ap", spec, status=status).resource
    assert isinstance(found, Rig)
    return found


def _check(
    now: datetime.datetime, reason: str, *, attempt: int = 0, of: str = "d1", ended: bool = True
) -> CheckObservation:
    return CheckObservation(
        of=of, attempt=attempt, ended=ended, finished=now, reason=reason, message="access is refused"
    )


def _failed(failures: int) -> dict[str, Any]:
    known = {"of": "d1", "failures": failures, "at": "2026-05-01T12:00:00Z"}
    return {"repository": known, "conditions": [REFUSED]}


def test_it_is_asked_once(seen: Make, now: datetime.datetime) -> None:
    """At first; not while the question runs, and not once it answered."""
    first = reach(_rig(seen), [], of="d1", now=now)
    running = reach(_rig(seen), [_check(now, "", ended=False)], of="d1", now=now)
    assert (0, "Unknown", None) == (first.ask, first.condition.status, running.ask)
    answered = reach(_rig(seen), [_check(now, "Reachable")], of="d1", now=now)
    assert ("True", None, None) == (answered.condition.status, answered.ask, answered.requeue_after)
    assert answered.known is not None
    status = {
        "repository": answered.known.model_dump(mode="json", by_alias=True),
        "conditions": [answered.condition.model_dump(mode="json", by_alias=True)],
    }
    later = reach(_rig(seen, **status), [], of="d1", now=now)
    assert (None, "True") == (later.ask, later.condition.status)


def test_a_change_asks_anew(seen: Make, now: datetime.datetime) -> None:
    """What was known of another address says nothing of this one."""
    found = reach(_rig(seen, **_failed(3)), [_check(now, "AuthFailed", attempt=2)], of="d2", now=now)
    assert (0, "Unknown") == (found.ask, found.condition.status)


@pytest.mark.parametrize(("failures", "delay"), [(1, 30), (2, 60), (3, 120), (20, 1800)])
def test_a_failure_is_asked_again_ever_later(
    seen: Make, now: datetime.datetime, failures: int, delay: int
) -> None:
    """Not before its time; meanwhile the last answer stands."""
    rig = _rig(seen, **_failed(failures))
    early = reach(rig, [], of="d1", now=now)
    assert (None, delay, "False") == (early.ask, early.requeue_after, early.condition.status)
    due = reach(rig, [], of="d1", now=now + datetime.timedelta(seconds=delay))
    assert failures == due.ask
    asking = [_check(now, "", attempt=failures, ended=False)]
    assert "False" == reach(rig, asking, of="d1", now=now).condition.status


@pytest.mark.parametrize(
    ("reason", "status", "told"),
    [
        pytest.param("AuthFailed", "False", "AuthFailed", id="refused"),
        pytest.param("BranchMissing", "False", "BranchMissing", id="no branch"),
        pytest.param("Unworkable", "False", "Unworkable", id="unworkable"),
        pytest.param("", "Unknown", "CheckFailed", id="the pod came to nothing"),
        pytest.param("Completed", "Unknown", "CheckFailed", id="a word of another"),
    ],
)
def test_what_an_answer_means(
    seen: Make, now: datetime.datetime, reason: str, status: str, told: str
) -> None:
    """Only the step's own words say that a repository is out of reach; a pod that was lost says nothing."""
    found = reach(_rig(seen), [_check(now, reason)], of="d1", now=now)
    assert (status, told, 30.0) == (found.condition.status, found.condition.reason, found.requeue_after)
    assert found.known is not None
    assert 1 == found.known.failures


def test_who_waits_is_told_why(seen: Make) -> None:
    """False is a reason to wait, Unknown is none."""
    assert "rig ap: access is refused" == unreachable(_rig(seen, **_failed(1)))
    assert "" == unreachable(_rig(seen))


def test_what_the_answer_depends_on(seen: Make) -> None:
    """Address, branch, key, hosts and a person's wish; not how many polecats there are."""
    settings = CompileSettings()
    rig = _rig(seen)
    of = check_dependencies(rig, settings)
    spec = rig.spec
    same = spec.settings.model_copy(update={"max_polecats": 3})
    assert of == check_dependencies(
        rig.model_copy(update={"spec": spec.model_copy(update={"settings": same})}), settings
    )
    changes: list[dict[str, Any]] = [
        {"git_url": "https://git.test/b.git"},
        {"base_branch": "trunk"},
        {"ssh_strict_host_key_checking": "no"},
    ]
    others = {
        check_dependencies(rig.model_copy(update={"spec": spec.model_copy(update=each)}), settings)
        for each in changes
    }
    asked = rig.metadata.model_copy(update={"annotations": {"gastown.io/read-again": "now"}})
    others.add(check_dependencies(rig.model_copy(update={"metadata": asked}), settings))
    assert (4, False) == (len(others), of in others)


def test_the_step_speaks_through_its_node(seen: Make) -> None:
    """The word is an output, the sentence the end of the node's message."""
    compiled = compile_check(_rig(seen), CompileSettings(), attempt=2).workflow
    name = compiled["metadata"]["name"]
    compiled["metadata"]["labels"]["workflows.argoproj.io/completed"] = "true"
    node = {
        "name": name,
        "phase": "Failed",
        "message": "main: Error (exit code 20): access is refused",
        "outputs": {"parameters": [{"name": "reason", "value": "AuthFailed"}]},
    }
    compiled["status"] = {"finishedAt": "2026-05-01T11:00:00Z", "nodes": {name: node}}
    found = observe_check(compiled)
    assert found is not None
    assert (2, False, "access is refused") == (found.attempt, found.reachable, found.message)
