"""`doctor` in a cluster: Argo's version, pace and settings, and images that no node gets, each with its fix."""

import datetime
import json

import pytest

CACHED = "semaphoreLimitCacheSeconds: 10"


def _controller(image="quay.io/argoproj/workflow-controller:v3.7.2", ready=1, **env):
    container = {
        "name": "workflow-controller",
        "image": image,
        "env": [{"name": name, "value": value} for name, value in env.items()],
    }
    return {
        "metadata": {"name": "workflow-controller", "namespace": "argo"},
        "spec": {
            "selector": {},
            "template": {"metadata": {}, "spec": {"containers": [container]}},
        },
        "status": {"readyReplicas": ready},
    }


def _pod(reason=""):
    waiting = {"waiting": {"reason": reason, "message": "manifest unknown"}} if reason else {"running": {}}
    status = {
        "name": "main",
        "image": "registry/agent:1",
        "imageID": "",
        "ready": False,
        "restartCount": 0,
        "state": waiting,
    }
    return {"metadata": {"name": "p"}, "spec": {"containers": []}, "status": {"containerStatuses": [status]}}


def _settings(**data):
    return {
        "metadata": {"name": "workflow-controller-configmap", "namespace": "argo"},
        "data": {"synchronization": CACHED, **data},
    }


GOOD = {
    "deployments": [_controller(DEFAULT_REQUEUE_TIME="2s")],
    "configmaps": [_settings()],
    "pods": [_pod()],
    "leases": [
        {
            "metadata": {"name": "gastown-adapter", "namespace": "gastown-system"},
            "spec": {"holderIdentity": "adapter-1", "leaseDurationSeconds": 15, "renewTime": "now"},
        }
    ],
    "rigs": [
        {
            "apiVersion": "gastown.gastown.io/v1alpha1",
            "kind": "Rig",
            "metadata": {"name": "app", "namespace": "gastown"},
            "spec": {"gitURL": "https://git.example.com/app", "beadsPrefix": "app"},
            "status": {"conditions": []},
        }
    ],
}


def _asked(served, *forbidden, **other):
    known = {**GOOD, **other}

    def answer(asked):
        if asked.path.startswith("/version"):
            version = dict.fromkeys(
                "buildDate compiler gitCommit gitTreeState goVersion platform".split(), ""
            )
            return 200, {"major": "1", "minor": "34", "gitVersion": "v1.34.1", **version}
        if "selfsubjectaccessreviews" in asked.path:
            return 201, {"spec": {}, "status": {"allowed": True}}
        now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        if asked.path.rpartition("/")[2] in forbidden:
            return 403, {"reason": "Forbidden", "message": "forbidden: you may not list them"}
        listed = {"items": known.get(asked.path.rpartition("/")[2], []), "metadata": {}}
        return 200, json.dumps(listed).replace('"renewTime": "now"', f'"renewTime": "{now}"')

    found = served(answer)("doctor", "-o", "json")
    return {each["what"]: each for each in found.json}, found.code


def test_all_is_well_where_argo_is_set_up_for_it(served):
    """What the operations page asks for is there."""
    checks, _ = _asked(served)
    seen = {
        what: checks[what]["health"]
        for what in ("Argo Workflows", "Argo's settings", "Argo's pace", "images")
    }
    assert dict.fromkeys(seen, "good") == seen
    assert "2s between two looks at a Workflow" == checks["Argo's pace"]["seen"]


@pytest.mark.parametrize(
    ("what", "health", "words", "fix", "other"),
    [
        pytest.param(
            "Argo Workflows",
            "bad",
            "v3.5.1",
            "3.7 or newer",
            {"deployments": [_controller("quay.io/argoproj/workflow-controller:v3.5.1")]},
            id="old",
        ),
        pytest.param("Argo Workflows", "bad", "not ready", "", {"deployments": [_controller(ready=0)]}, id="down"),
        pytest.param(
            "Argo's pace", "doubtful", "ten seconds", "DEFAULT_REQUEUE_TIME=2s", {"deployments": [_controller()]}, id="slow"
        ),
        pytest.param(
            "Argo's settings",
            "doubtful",
            "limits are read",
            "semaphoreLimitCacheSeconds",
            {"configmaps": [_settings(synchronization="")]},
            id="uncached",
        ),
        pytest.param(
            "Argo's settings",
            "doubtful",
            "podGC OnPodCompletion deletes an agent's pod",
            "OnWorkflowSuccess",
            {"configmaps": [_settings(workflowDefaults="spec: {podGC: {strategy: OnPodCompletion}}")]},
            id="collected",
        ),
        pytest.param(
            "images",
            "bad",
            "registry/agent:1: ImagePullBackOff: manifest unknown",
            "access to the registry",
            {"pods": [_pod(), _pod("ImagePullBackOff")]},
            id="image",
        ),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_its_fix(served, what, health, words, fix, other):
    """The words name the object; the exit code tells a script."""
    checks, code = _asked(served, **other)
    assert health == checks[what]["health"]
    assert words in checks[what]["seen"]
    assert fix in checks[what]["fix"]
    assert {each for each, seen in checks.items() if seen["health"] == "bad"} == (
        {what} if health == "bad" else set()
    )
    assert code == (1 if health == "bad" else 0)


def _rig_with(*conditions, events=None, **spec):
    status = {
        "phase": "Ready",
        "conditions": [
            {"lastTransitionTime": "2026-05-04T12:00:00Z", "message": "so it is", "type": kind, "status": state, "reason": reason}
            for kind, state, reason in conditions
        ],
    }  # fmt: skip
    (rig,) = GOOD["rigs"]
    return [rig | {"spec": rig["spec"] | spec, "status": status | ({"events": events} if events else {})}]


READY = ("Ready", "True", "Ready")
HEARD = {"lastEvent": "2026-05-04T11:00:00Z"}


@pytest.mark.parametrize(
    ("condition", "events", "health", "fix"),
    [
        pytest.param(("TriggersPaused", "False", "Listening"), None, None, "", id="triggers listen"),
        pytest.param(("TriggersPaused", "True", "TooMany"), None, "bad", "`rig status app`", id="triggers pause"),
        pytest.param(("CredentialsExpired", "True", "Refused"), None, "bad", "`auth sync`", id="log-in refused"),
        pytest.param(("RetiredFields", "True", "WithoutEffect"), None, "doubtful", "`rig status app`", id="retired"),
        pytest.param(("RepositoryReachable", "False", "NoAnswer"), None, "bad", "`rig status app`", id="repository"),
        pytest.param(("WebhookHealthy", "True", "Delivered"), HEARD, None, "", id="webhook"),
        pytest.param(("WebhookHealthy", "Unknown", "PolledOnly"), None, None, "", id="polled on purpose"),
        pytest.param(("WebhookHealthy", "Unknown", "NothingYet"), None, "doubtful", "--url URL", id="never came"),
        pytest.param(("WebhookHealthy", "False", "EventsMissed"), None, "doubtful", "--url URL", id="polled in fact"),
        pytest.param(("WebhookHealthy", "False", "EventsMissed"), HEARD, "bad", "--url URL", id="stopped coming"),
        pytest.param(("WebhookHealthy", "Unknown", "ForgeUnreachable"), None, "bad", "`rig connect app --token-file FILE`", id="forge"),
    ],
)  # fmt: skip
def test_a_rigs_conditions_are_judged_by_what_they_mean(served, condition, events, health, fix):
    """Some say True of what is wrong; and where only gastown-events asks the forge, its word is passed on."""
    checks, code = _asked(served, rigs=_rig_with(READY, condition, events=events))
    found = {what: each for what, each in checks.items() if what.startswith("rig app: ")}
    if health is None:
        assert ({}, "good") == (found, checks["rig app"]["health"])
    else:
        (line,) = found.values()
        assert (f"rig app: {condition[0]}", health) == (line["what"], line["health"])
        assert f"{condition[2]}: so it is" == line["seen"]
        assert fix in line["fix"]
    assert (health == "bad") == (code == 1)


def test_a_refinery_of_pull_requests_names_what_its_rig_lacks(served):
    """Before a convoy is refused for it."""
    refinery = {
        "apiVersion": "gastown.gastown.io/v1alpha1",
        "kind": "Refinery",
        "metadata": {"name": "app-refinery", "namespace": "gastown"},
        "spec": {"rigRef": "app", "mode": "pr"},
    }
    checks, code = _asked(served, rigs=_rig_with(READY), refineries=[refinery])
    assert ("bad", 1) == (checks["rig app: forge"]["health"], code)
    assert "mode pr needs the forge of rig app" in checks["rig app: forge"]["seen"]
    assert "`rig connect app --token-file FILE`" == checks["rig app: forge"]["fix"]


def test_what_one_may_not_read_hides_nothing_of_the_rigs(served):
    """Somebody who may see rigs, and no refineries."""
    checks, _ = _asked(served, "refineries", rigs=_rig_with(READY, ("TriggersPaused", "True", "TooMany")))
    assert "bad" == checks["rig app: TriggersPaused"]["health"]
