"""One script of requests for two apiservers, and what of their answers has to be the same."""

import asyncio
import itertools
import json
from collections.abc import Mapping
from typing import Any

from inmemory.client import APPLY, JSON_PATCH, MERGE, Client

OURS = "gastown.gastown.io/v1alpha1"
_ROOTS = {"configmaps": "/api/v1", "leases": "/apis/coordination.k8s.io/v1"}
_BARE = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_NEVER = "00000000-0000-0000-0000-000000000000"

Answer = dict[str, Any]


LOOKS = 900
"""Looks at what the garbage collector is to do, ten a second: it learns of new kinds every 30 s."""


class Script:
    """Asks, and keeps what was answered, by a name for each step."""

    def __init__(self, client: Client, namespace: str) -> None:
        self._client = client
        self._namespace = namespace
        self._versions: dict[str, int] = {}
        self.answers: dict[str, Any] = {}

    async def run(self) -> dict[str, Any]:
        """Every step, one after the other."""
        for part in (
            self._create,
            self._change,
            self._statuses,
            self._end,
            self._leases,
            self._logs,
            self._shared,
            self._owners,
            self._lists,
            self._watches,
        ):
            await part()
        return self.answers

    async def _create(self) -> None:
        await self._ask("nothing is there", "GET", "polecats/demo")
        body = _polecat("demo", status={"phase": "Done"})
        await self._ask("a new object, its status aside", "POST", "polecats", body, fieldManager="hand")
        await self._ask("its name is taken", "POST", "polecats", body)
        elsewhere = f"/apis/{OURS}/namespaces/no-such-namespace/polecats"
        await self._ask("in no namespace", "POST", elsewhere, _polecat("demo"))
        strange = _polecat("strange") | {"spec": {"rig": "ap", "strange": 1}}
        await self._ask("an unknown field", "POST", "polecats", strange, fieldValidation="Strict")
        bad = _polecat("bad") | {"spec": {"rig": "ap", "desiredState": "Sleeping"}}
        await self._ask("a value that is none", "POST", "polecats", bad)
        await self._ask("a field is missing", "POST", "polecats", _polecat("bad") | {"spec": {}})

    async def _change(self) -> None:
        there = await self._ask("as it stands", "GET", "polecats/demo")
        change = {"spec": {"desiredState": "Working"}}
        await self._patch("a changed spec", "polecats/demo", change)
        await self._patch("the same again", "polecats/demo", change)
        old = {"resourceVersion": there["metadata"]["resourceVersion"]}
        await self._patch("of an older version", "polecats/demo", {"metadata": old, "spec": {"agent": "x"}})
        await self._patch("of another uid", "polecats/demo", {"metadata": {"uid": _NEVER}})
        await self._patch("a label", "polecats/demo", {"metadata": {"labels": {"a": "1", "b": "2"}}})
        await self._patch("a label less", "polecats/demo", {"metadata": {"labels": {"b": None}}})
        await self._patch("a status by the wrong door", "polecats/demo", {"status": {"phase": "Done"}})
        await self._patch("nobody is there", "polecats/nobody", change)
        steps = [{"op": "replace", "path": "/spec/desiredState", "value": "Idle"}]
        await self._ask("a JSON patch", "PATCH", "polecats/demo", steps, kind=JSON_PATCH, fieldManager="hand")
        steps = [{"op": "test", "path": "/spec/desiredState", "value": "Working"}]
        await self._ask("its test fails", "PATCH", "polecats/demo", steps, kind=JSON_PATCH)
        current = await self._ask("before it is replaced", "GET", "polecats/demo")
        unversioned = current | {"metadata": {"name": "demo", "namespace": self._namespace}}
        await self._ask("replaced without a version", "PUT", "polecats/demo", unversioned)
        current["spec"]["desiredState"] = "Working"
        await self._ask("replaced", "PUT", "polecats/demo", current, fieldManager="hand")
        another = current | {"metadata": current["metadata"] | {"uid": _NEVER}}
        await self._ask("replaced, of another uid", "PUT", "polecats/demo", another, fieldManager="hand")
        await self._ask("replaced too late", "PUT", "polecats/demo", current, fieldManager="hand")

    async def _statuses(self) -> None:
        uid = (await self._ask("its uid", "GET", "polecats/demo"))["metadata"]["uid"]
        status = {"phase": "Working", "branch": "polecat/demo", "conditions": [_condition("Ready", "True")]}
        await self._status("a first status", status, uid=uid)
        await self._status("the same status", status, uid=uid)
        less = {
            "phase": "Working",
            "conditions": [_condition("Ready", "True"), _condition("Working", "True")],
        }
        await self._status("a field less, a condition more", less, uid=uid)
        await self._status("a condition less", less | {"conditions": less["conditions"][1:]}, uid=uid)
        lie = {"status": {"phase": "Stuck", "reason": "Failed"}}
        await self._patch("a hand in the status", "polecats/demo/status", lie)
        await self._status("what the hand changed, without force", less, uid=uid, force="false")
        await self._status("and with it", less, uid=uid)
        await self._status("a status of another uid", less, uid=_NEVER)
        there = await self._ask("its version", "GET", "polecats/demo")
        version = there["metadata"]["resourceVersion"]
        await self._status("a status of this version", less | {"branch": "b"}, version=version)
        await self._status("a status of an older version", less, version=version)
        await self._patch(
            "a hand of another uid", "polecats/demo/status", {"metadata": {"uid": _NEVER}} | lie
        )
        await self._status("a status of nobody", less, uid=uid, name="nobody")
        await self._status("a status that is none", {"phase": "Sleeping"}, uid=uid)
        await self._patch("a spec by the wrong door", "polecats/demo/status", {"spec": {"agent": "x"}})
        await self._ask("a number as it is shown", "GET", "polecats/demo")
        convoy = {"apiVersion": OURS, "kind": "Convoy", "metadata": {"name": "demo"}}
        beads = [{"id": "ap-1", "title": "One"}]
        await self._ask(
            "a convoy", "POST", "convoys", convoy | {"spec": {"description": "d", "beads": beads}}
        )
        phases = {"phases": {"working": 1}, "progress": "0/1", "costUSD": 0.0}
        await self._apply("an object in its status", "convoys/demo/status", convoy | {"status": phases})
        await self._apply("which goes", "convoys/demo/status", convoy | {"status": {"progress": "0/1"}})
        await self._ask("it is deleted", "DELETE", "convoys/demo")

    async def _end(self) -> None:
        finalizers = {"metadata": {"finalizers": ["gastown.gastown.io/recorded"]}}
        there = await self._patch("a finalizer", "polecats/demo", finalizers)
        metadata = there["metadata"]
        await self._delete("of another uid, deleted", "polecats/demo", uid=_NEVER)
        await self._delete("of another version, deleted", "polecats/demo", resourceVersion="1")
        await self._delete("it is to go", "polecats/demo", uid=metadata["uid"])
        await self._delete("once more", "polecats/demo", uid=metadata["uid"])
        more = {"metadata": {"finalizers": [*metadata["finalizers"], "gastown.gastown.io/another"]}}
        await self._patch("a finalizer too late", "polecats/demo", more)
        await self._patch("a spec in the meantime", "polecats/demo", {"spec": {"agent": "claude-code"}})
        await self._patch("the finalizer is off", "polecats/demo", {"metadata": {"finalizers": None}})
        await self._ask("it has gone", "GET", "polecats/demo")
        await self._delete("it is gone already", "polecats/demo", uid=metadata["uid"])

    async def _leases(self) -> None:
        body = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": "demo"},
            "spec": {"holderIdentity": "one", "leaseDurationSeconds": 10},
        }
        first = await self._ask("a lease", "POST", "leases", body)
        mine = first | {"spec": first["spec"] | {"holderIdentity": "two"}}
        await self._ask("renewed", "PUT", "leases/demo", mine)
        await self._ask("renewed too late", "PUT", "leases/demo", first)

    async def _logs(self) -> None:
        """Of a pod that no scheduler has seen: what a kubelet would answer no apiserver knows. In `default`, where no pods are played."""
        containers = [{"name": name, "image": "nowhere.test/none"} for name in ("claude", "courier")]
        spec = {"schedulerName": "nobody", "containers": containers}
        path, name = "/api/v1/namespaces/default/pods", f"demo-{self._namespace}"
        body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}
        self.answers["a pod"] = {"code": (await self._client.ask("POST", path, body))[0]}
        for step, asked, container in (
            ("the log of no pod", "nobody", "claude"),
            ("of no container", name, ""),
            ("of a container that it has not", name, "git-init"),
            ("of one without a node", name, "claude"),
        ):
            query = {"container": container} if container else {}
            more = {"tailLines": "4", "limitBytes": "100", "timestamps": "true"}
            code, text = await self._client.read(f"{path}/{asked}/log", **query, **more)
            told = json.loads(text) if text else {}
            message = str(told.get("message", "")).replace(name, "demo")
            self.answers[step] = {"code": code, "message": message, "reason": told.get("reason")}
        await self._client.ask("DELETE", f"{path}/{name}", {"gracePeriodSeconds": 0})

    async def _shared(self) -> None:
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "demo", "labels": {"a": "1"}}}
        await self._apply("applied, and made", "configmaps/demo", body | {"data": {"x": "1", "y": "1"}})
        await self._apply("a key less", "configmaps/demo", body | {"data": {"x": "1"}})
        other = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "demo"}}
        await self._apply(
            "the same value by another", "configmaps/demo", other | {"data": {"x": "1"}}, by="b"
        )
        await self._apply(
            "another value by another", "configmaps/demo", other | {"data": {"x": "2"}}, by="b", force="false"
        )
        await self._apply("and with force", "configmaps/demo", other | {"data": {"x": "2"}}, by="b")
        await self._apply("given up by the first", "configmaps/demo", body)
        await self._patch("a merge beside", "configmaps/demo", {"data": {"z": "3", "x": None}})
        await self._apply(
            "of another uid, applied",
            "configmaps/demo",
            other | {"metadata": {"name": "demo", "uid": _NEVER}},
        )

    async def _owners(self) -> None:
        convoy = {
            "apiVersion": OURS,
            "kind": "Convoy",
            "metadata": {"name": "owner"},
            "spec": {"description": "d", "beads": [{"id": "ap-1", "title": "One"}]},
        }
        owner = await self._ask("an owner", "POST", "convoys", convoy)
        reference = {"apiVersion": OURS, "kind": "Convoy", "name": "owner", "uid": owner["metadata"]["uid"]}
        owned = {"ownerReferences": [reference]}
        texts = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "owned", **owned}}
        await self._ask("what it owns", "POST", "configmaps", texts)
        held = _polecat("held", metadata={**owned, "finalizers": ["gastown.gastown.io/recorded"]})
        await self._ask("what it owns, with a finalizer", "POST", "polecats", held)
        uid = owner["metadata"]["uid"]
        await self._delete("the owner goes", "convoys/owner", uid=uid, policy="Background")
        await self._until_gone("configmaps/owned")
        await self._until_deleting("polecats/held")
        await self._ask("it goes with its owner", "GET", "configmaps/owned")
        await self._ask("it waits for its finalizer", "GET", "polecats/held")
        await self._patch("and goes", "polecats/held", {"metadata": {"finalizers": []}})

    async def _lists(self) -> None:
        for name in ("c", "a", "b"):
            body = _polecat(name, metadata={"labels": {"team": "red" if name != "b" else "blue"}})
            await self._ask(f"made {name}", "POST", "polecats", body)
        path = self._path("polecats")
        _, first = await self._client.ask("GET", path, limit="2")
        token = first["metadata"].get("continue", "")
        _, second = await self._client.ask("GET", path, limit="2", **{"continue": token})
        _, red = await self._client.ask("GET", path, labelSelector="team=red")
        _, bare = await self._client.ask("GET", path, accept=_BARE)
        self.answers["lists"] = {
            "pages": [_names(first), _names(second)],
            "one version": first["metadata"]["resourceVersion"] == second["metadata"]["resourceVersion"],
            "the end": second["metadata"].get("continue", ""),
            "selected": _names(red),
            "kinds": [first["kind"], first["apiVersion"], bare["kind"]],
            "bare": sorted({key for item in bare["items"] for key in item} - {"apiVersion", "kind"}),
        }

    async def _watches(self) -> None:
        path = self._path("polecats")
        _, listed = await self._client.ask("GET", path)
        version = listed["metadata"]["resourceVersion"]
        query = {"resourceVersion": version, "labelSelector": "team=red", "allowWatchBookmarks": "true"}
        await self._ask("made d", "POST", "polecats", _polecat("d", metadata={"labels": {"team": "red"}}))
        await self._patch("changed a", "polecats/a", {"spec": {"desiredState": "Working"}})
        await self._patch("b comes in", "polecats/b", {"metadata": {"labels": {"team": "red"}}})
        await self._patch("c goes out", "polecats/c", {"metadata": {"labels": {"team": "blue"}}})
        await self._ask("deleted d", "DELETE", "polecats/d")
        events = await self._client.watch(path, events=5, **query)
        versions = [int(each["object"]["metadata"]["resourceVersion"]) for each in events]
        old = await self._client.watch(path, events=1, resourceVersion="1")
        anew = await self._client.watch(path, events=3, resourceVersion="0")
        self.answers["watch"] = {
            "events": [(each["type"], each["object"]["metadata"]["name"]) for each in events],
            "in order": versions == sorted(set(versions)) and versions[0] > int(version),
            "too old": [(each["type"], each["object"]["code"], each["object"]["reason"]) for each in old],
            "from nothing": sorted((each["type"], each["object"]["metadata"]["name"]) for each in anew),
        }

    def _path(self, place: str) -> str:
        if place.startswith("/"):
            return place
        root = _ROOTS.get(place.partition("/")[0], f"/apis/{OURS}")
        return f"{root}/namespaces/{self._namespace}/{place}"

    async def _ask(self, step: str, method: str, place: str, body: Any = None, **more: str) -> Answer:
        code, answer = await self._client.ask(method, self._path(place), body, **more)
        self.answers[step] = {"code": code, **self._shown(answer)}
        return answer

    async def _patch(self, step: str, place: str, body: Any) -> Answer:
        return await self._ask(step, "PATCH", place, body, kind=MERGE, fieldManager="hand")

    async def _apply(
        self, step: str, place: str, body: Any, *, by: str = "gastown-adapter", force: str = "true"
    ) -> Answer:
        return await self._ask(step, "PATCH", place, body, kind=APPLY, fieldManager=by, force=force)

    async def _status(
        self, step: str, status: Mapping[str, Any], *, name: str = "demo", force: str = "true", **told: str
    ) -> Answer:
        own = {"uid": told["uid"]} if "uid" in told else {"resourceVersion": told["version"]}
        metadata = {"name": name, "namespace": self._namespace, **own}
        body = {"apiVersion": OURS, "kind": "Polecat", "metadata": metadata, "status": status}
        return await self._apply(step, f"polecats/{name}/status", body, force=force)

    async def _delete(
        self, step: str, place: str, *, policy: str = "Background", **preconditions: str
    ) -> None:
        body = {"preconditions": preconditions, "propagationPolicy": policy}
        await self._ask(step, "DELETE", place, body)

    async def _until_gone(self, place: str) -> None:
        for _ in range(LOOKS):
            code, _ = await self._client.ask("GET", self._path(place))
            if code == 404:
                return
            await asyncio.sleep(0.1)

    async def _until_deleting(self, place: str) -> None:
        for _ in range(LOOKS):
            _, found = await self._client.ask("GET", self._path(place))
            if found["metadata"].get("deletionTimestamp"):
                return
            await asyncio.sleep(0.1)

    def _shown(self, answer: Answer) -> Answer:
        """What has to be the same: refusals by their reason, objects without what only time and chance decide."""
        if answer.get("kind") == "Status":
            causes = answer.get("details", {}).get("causes") or ()
            fields = sorted(each["field"] for each in causes if each.get("reason") == "FieldManagerConflict")
            return {"reason": answer.get("reason", ""), **({"conflicts": fields} if fields else {})}
        metadata = answer["metadata"]
        version = int(metadata["resourceVersion"])
        before = self._versions.get(metadata["uid"], 0)
        self._versions[metadata["uid"]] = version
        kept = ("labels", "finalizers", "generation")
        return {
            "version": "new" if version > before else "same" if version == before else "older",
            "metadata": {name: metadata[name] for name in kept if metadata.get(name)},
            "deleting": "deletionTimestamp" in metadata,
            "owners": [each["name"] for each in metadata.get("ownerReferences", ())],
            "managers": _managers(metadata),
            **{name: answer[name] for name in ("spec", "status", "data") if name in answer},
        }


def _polecat(name: str, **more: Any) -> Answer:
    metadata = {"name": name, **more.pop("metadata", {})}
    return {"apiVersion": OURS, "kind": "Polecat", "metadata": metadata, "spec": {"rig": "ap"}, **more}


def _condition(kind: str, status: str) -> Answer:
    return {
        "type": kind,
        "status": status,
        "reason": "Because",
        "message": "it is so",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
        "observedGeneration": 1,
    }


def _managers(metadata: Mapping[str, Any]) -> list[list[Any]]:
    """Who owns which fields; the objects between them are left out, as they come and go with their fields."""
    found = [
        [each["manager"], each["operation"], each.get("subresource", ""), sorted(_leaves(each["fieldsV1"]))]
        for each in metadata.get("managedFields", ())
    ]
    return sorted(each for each in found if each[0] != "Python")


def _leaves(fields: Mapping[str, Any], path: str = "") -> list[str]:
    found = [
        _leaves(below, f"{path} {part}") if below else [f"{path} {part}".strip()]
        for part, below in fields.items()
        if part != "."
    ]
    return list(itertools.chain.from_iterable(found))


def _names(listed: Answer) -> list[str]:
    return [each["metadata"]["name"] for each in listed["items"]]
