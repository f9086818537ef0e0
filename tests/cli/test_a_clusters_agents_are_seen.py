"""What an agent in a pod did last, read from the end of its log with the rights of whoever asks."""

import pytest

from kubectl_gt.cluster.polecats import LOGS_A_LOOK

LOG = "model opus\n$ make test\nAll is green.\n"
AGENTS = LOGS_A_LOOK + 4


class Town:
    """A cluster; `status` is how it answers to who wants a log."""

    def __init__(self, served):
        self.status, self.read, self.known = 200, [], {}
        self.ask = served(self._answer)

    def _answer(self, asked):
        if asked.path.endswith("/log"):
            self.read.append(asked.path)
            return self.status, LOG if self.status == 200 else {}
        if asked.path.endswith("/polecats"):
            return 200, {"items": [_polecat(number, self.known) for number in range(AGENTS)]}
        if asked.path.endswith("/convoys/wave"):
            spec = {"description": "d", "rigRef": "app", "trackedBeads": [f"ap-{n}" for n in range(AGENTS)]}
            return 200, _object("Convoy", "wave", spec, {"phase": "InProgress"})
        return 200, {"items": []}


def _polecat(number, known):
    status = {
        **known,
        "phase": "Working",
        "reason": "Working",
        "podName": f"pod-{number}",
        "assignedBead": f"ap-{number}",
    }
    polecat = _object("Polecat", f"nux-{number}", {"rig": "app", "beadID": f"ap-{number}"}, status)
    polecat["metadata"]["labels"] = {"gastown.io/convoy": "wave"}
    return polecat


def _object(kind, name, spec, status):
    version = "gastown.gastown.io/v1alpha1"
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": name, "namespace": "default"},
        "spec": spec,
        "status": status,
    }


@pytest.fixture
def town(served):
    """A convoy of many polecats at work."""
    return Town(served)


@pytest.mark.parametrize(
    ("status", "action"), [(200, "$ make test"), (403, None)], ids=["may read", "may not"]
)
def test_a_polecat_says_what_it_did_last(town, status, action):
    """Who may read no logs sees all else."""
    town.status = status
    ran = town.ask("polecat", "status", "nux-3", "-o", "json")
    assert 0 == ran.code
    told = ran.json["status"]
    assert ("Working", action) == (told["phase"], told.get("lastAction") or None)
    assert 1 == len(town.read)


def test_who_may_read_no_logs_sees_what_the_adapter_read(town):
    """In the status of the Polecat."""
    town.status, town.known = 403, {"lastAction": "[Edit] a.py"}
    assert "[Edit] a.py" == town.ask("polecat", "status", "nux-3", "-o", "json").json["status"]["lastAction"]


def test_what_one_reads_oneself_is_newer(town):
    """It was read a moment ago."""
    town.known = {"lastAction": "[Edit] a.py"}
    assert "$ make test" == town.ask("polecat", "status", "nux-3", "-o", "json").json["status"]["lastAction"]


def test_a_large_convoy_is_not_asked_all_at_once(town):
    """An apiserver hands each log on from a kubelet."""
    ran = town.ask("convoy", "status", "wave")
    assert 0 == ran.code
    assert LOGS_A_LOOK == len(town.read)
    assert "$ make test" in ran.out
