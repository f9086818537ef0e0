"""Whoever may make objects in one namespace stops nobody in another by what stands in them, and speaks for nobody there."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from kubernetes import aio
from playtown import MERGED, WORKING, Town, bead, condition
from playtown.argo import fail
from playtown.town import HOME

from adapter.api.gateway import ClusterGateway
from adapter.errors import Missing
from adapter.objects.keys import Key
from adapter.objects.reading import view
from adapter.objects.views import WorkflowView

Make = Callable[..., Any]

LABELS = {"app.kubernetes.io/managed-by": "gastown", "gastown.io/convoy": "x", "gastown.io/rig": "ap"}
ODD = (
    None,
    0,
    10**30,
    True,
    "x",
    [],
    {},
    [None],
    ["x"],
    [{}],
    {"x": None},
    {"name": []},
    "9999-99-99T00:00:00Z",
)
DEEP = "[" * 100_000


def _places(value: Any, *above: Any) -> list[tuple[Any, ...]]:
    """The way to each part of a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [above, *(place for key, each in inner for place in _places(each, *above, key))]


def _with(document: dict[str, Any], place: tuple[Any, ...], odd: Any) -> dict[str, Any]:
    """A copy that has something else at a place."""
    found = copy.deepcopy(document)
    inner: Any = found
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = odd
    return found


def test_any_workflow_has_a_view(make_workflow: Make) -> None:
    """Argo's definitions let anything stand in a spec and a status, and one error would end the watch of all namespaces."""
    usual = make_workflow("demo-1", {"ap-1": "Running", "ap-2": ""}, owner="Convoy/demo")
    for place in _places({key: usual[key] for key in ("spec", "status")})[1:]:
        for odd in ODD:
            seen = view("Workflow", _with(usual, place, odd))
            assert (seen.key.name, seen.uid) == ("demo-1", usual["metadata"]["uid"])


@pytest.mark.parametrize("label", ["gastown.io/bead-store", "gastown.io/check", "gastown.io/convoy"])
def test_a_workflow_of_any_label_has_a_view(make_workflow: Make, label: str) -> None:
    """The label decides what is read of it."""
    usual = make_workflow("demo-1", {"ap-1": "Running"}, owner="Convoy/demo", labels={label: "x"})
    for status in (
        "x",
        [1],
        {"nodes": [1]},
        {"nodes": {"a": None}},
        {"compressedNodes": "H4s"},
        {"finishedAt": 1},
    ):
        assert view("Workflow", usual | {"status": status}).uid == usual["metadata"]["uid"]


def test_titles_without_end_are_none(make_workflow: Make) -> None:
    """They stand in an annotation."""
    usual = make_workflow("demo-1", {"ap-1": "Running"}, owner="Convoy/demo")
    usual["metadata"]["annotations"] = {"gastown.io/titles": DEEP}
    seen = view("Workflow", usual)
    assert isinstance(seen, WorkflowView)
    assert seen.titles == {}


async def test_an_odd_workflow_elsewhere_stops_nobody(town: Town) -> None:
    """Neither while it is watched nor when all is listed anew."""
    town.make("Namespace", "other", {})
    town.make("Workflow", "other/odd", {"templates": [{}, None, "x"]}, labels=LABELS)
    town.rig()
    town.convoy("demo", bead(1))
    await town.workflow("demo-1")
    town.make("Workflow", "other/odd-2", {"templates": "x"}, labels=LABELS)
    await town.adapter.kill()
    town.adapter = town.replica("replica-2")
    town.adapter.start()
    town.show("demo-1", ap_1=MERGED)
    town.end("demo-1")
    await town.until("the end", lambda: town.status("Convoy", "demo").get("phase") == "Complete", seconds=120)


async def test_a_convoy_whose_workflow_was_spoilt_says_so(town: Town) -> None:
    """What is known stays."""
    town.rig()
    town.convoy("demo", bead(1))
    await town.workflow("demo-1")
    town.show("demo-1", ap_1=WORKING)
    await town.until("work", lambda: town.phases().get("ap-1") == "Working")
    town.argo("Workflow", "demo-1", lambda old: old | {"status": {"nodes": {"x": {"name": []}, "y": 5}}})
    await town.until(
        "the word", lambda: condition(town.status("Convoy", "demo"), "Ready")[1] == "NodesOffloaded"
    )
    assert town.phases()["ap-1"] == "Working"


async def test_a_stranger_does_not_answer_for_a_repository(town: Town) -> None:
    """A Rig has no namespace, so anybody may name it as the owner; only where its own pods run is it believed."""
    town.rig()
    home = town.resource("Workflow"), HOME
    await town.until("the question", lambda: bool(list(town.server.store.all(*home))))
    asked = next(iter(town.server.store.all(*home)))["metadata"]
    town.make("Namespace", "a-tenant", {})
    town.make(
        "Workflow",
        "a-tenant/forged",
        {"templates": []},
        labels=asked["labels"],
        ownerReferences=asked["ownerReferences"],
    )
    told = "not yours (exit code 20): it is refused"
    town.argo(
        "Workflow", "a-tenant/forged", lambda old: fail(old, at=town.time, message=told, reason="AuthFailed")
    )
    await town.rest(30)
    assert condition(town.status("Rig", "ap"), "RepositoryReachable")[1] == "Checking"


async def test_a_stranger_counts_in_no_sum(town: Town) -> None:
    """Labels are written by whoever may make a Workflow, and so is a reference to a convoy of another namespace."""
    town.rig()
    town.convoy("demo", bead(1))
    made = (await town.workflow("demo-1"))["metadata"]
    town.make("Namespace", "other", {})
    spec = town.get("Workflow", "demo-1")["spec"]
    labels = made["labels"] | {"gastown.io/attempt": "5"}
    for name, owners in (("copy", []), ("forged", made["ownerReferences"])):
        town.make("Workflow", f"other/{name}", spec, labels=labels, ownerReferences=owners)
        town.show(f"other/{name}", ap_1=MERGED)
        town.end(f"other/{name}")
    await town.rest(30)
    assert town.status("Refinery", f"{HOME}/ap-refinery").get("mergesSummary", {}).get("succeeded", 0) == 0
    assert town.status("Convoy", "demo").get("completedBeads", []) == []


async def test_a_witness_of_a_tenant_sees_its_own(town: Town) -> None:
    """Names, beads and reasons of others are none of its business, nor of its sink; the rig's own Witness sees all."""
    town.rig()
    town.make("Namespace", "other", {})
    town.make("Witness", "other/mine", {"rigRef": "ap", "stuckThreshold": "1m"})
    town.make("Witness", "beside", {"rigRef": "ap", "stuckThreshold": "1m"})
    town.convoy("demo", bead(1))
    await town.workflow("demo-1")
    town.show("demo-1", ap_1=WORKING)
    await town.until("silence", lambda: bool(town.status("Witness", "beside").get("stuck")), seconds=600)
    assert town.status("Witness", "other/mine").get("stuck", []) == []
    assert town.status("Witness", "other/mine")["polecatsSummary"].get("total", 0) == 0
    assert town.status("Witness", f"{HOME}/ap-witness")["polecatsSummary"]["total"] == 1


STUCK = {"phase": "Stuck", "reason": "Escalated", "conditions": []}
REFUSED = {
    "type": "CredentialsExpired",
    "status": "True",
    "reason": "CredentialsRefused",
    "message": "not yours",
    "lastTransitionTime": "2026-01-01T00:00:00Z",
}


async def test_a_namespace_that_a_rig_does_not_take_work_of_has_no_word_about_it(town: Town) -> None:
    """Whoever may write all of its objects, their statuses and owners among them, counts in nothing that others read."""
    town.rig(allowedNamespaces=["town"])
    town.convoy("demo", bead(1))
    labels = (await town.workflow("demo-1"))["metadata"]["labels"]
    spec = town.get("Workflow", "demo-1")["spec"]
    town.make("Namespace", "other", {})
    town.make("BeadStore", "other/store", {"rigRef": "ap", "prefix": "ap-"})
    town.patch("BeadStore", "other/store", {"status": {"issueCount": 77}}, status=True)
    town.make("Polecat", "other/nux", {"rig": "ap", "desiredState": "Idle", "beadID": "ap-9"})
    own = town.make("Convoy", "other/demo", {"description": "x", "rigRef": "ap", "beads": [bead(1)]})
    owner = {"apiVersion": own["apiVersion"], "kind": "Convoy", "name": "demo", "uid": own["metadata"]["uid"]}
    references = [owner | {"controller": True}]
    town.make("Workflow", "other/demo-1", spec, labels=labels, ownerReferences=references)
    town.show("other/demo-1", ap_1=MERGED)
    town.end("other/demo-1")
    for _ in range(3):
        town.patch("Polecat", "other/nux", {"status": STUCK}, status=True)
        forged = {"phase": "InProgress", "conditions": [REFUSED], "mergedBeads": ["ap-1"]}
        town.patch("Convoy", "other/demo", {"status": forged}, status=True)
        await town.rest(10)
    rig, witness = town.status("Rig", "ap"), town.status("Witness", f"{HOME}/ap-witness")
    assert (rig.get("polecatCount"), rig.get("beadCount", 0), rig.get("activeConvoys")) == (1, 0, 1)
    assert "not yours" not in str(rig)
    assert (witness["polecatsSummary"]["total"], witness.get("stuck", [])) == (1, [])
    assert town.status("Refinery", f"{HOME}/ap-refinery").get("mergesSummary", {}).get("succeeded", 0) == 0


async def test_a_name_in_a_status_leads_to_no_other_namespace(town: Town) -> None:
    """Of a bead store: what is no bead file is deleted, to be read again."""
    town.rig()
    town.make("Namespace", "other", {})
    town.put({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "precious"}, "data": {"a": "b"}})
    town.make("BeadStore", "other/store", {"rigRef": "ap", "prefix": "ap-"})
    for index in ("../../town/configmaps/precious", "../../../namespaces/town/configmaps/precious"):
        town.patch("BeadStore", "other/store", {"status": {"index": index}}, status=True)
        await town.rest(120)
        assert town.get("ConfigMap", "precious")["data"] == {"a": "b"}


ELSEWHERE = (
    "../../town/pods/nux",
    "%2e%2e/%2e%2e/town/pods/nux",
    "nux?dryRun=All",
    "nux#",
    "nux/status",
    "..",
    "",
)


@pytest.mark.parametrize("name", ELSEWHERE)
async def test_no_name_leads_elsewhere(name: str) -> None:
    """Pods are named by statuses, and are read, and ended, by that: of such a name there is none, and nobody is asked."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.raw_path)
        return web.json_response({"metadata": {"name": "nux", "uid": "x"}})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with (
        TestServer(app) as server,
        aio.client.ApiClient(aio.client.Configuration(host=str(server.make_url("")).rstrip("/"))) as client,
    ):
        gateway = ClusterGateway(client)
        key = Key("Pod", "other", name)
        with pytest.raises(Missing):
            await gateway.get(key)
        with pytest.raises(Missing):
            await gateway.log(key, container="main", lines=1, most=100)
        await gateway.delete(key, uid="x")
        await gateway.get(key._replace(name="nux"))
    assert asked == ["/api/v1/namespaces/other/pods/nux"]
