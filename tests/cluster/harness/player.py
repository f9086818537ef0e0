"""Plays the pods of namespaces that are `tenants.played`: a node that is always ready, and pods that run for as long as they are told.

It does what a scheduler, a kubelet and Argo's executor would be seen to do, on any cluster, beside its real nodes. A ConfigMap
`player` in the pods' namespace directs it: key `seconds` is how long each pod takes, any other key is the name of an Argo node with
a `Part` as JSON.
"""

import asyncio
import datetime
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from aiohttp import ClientError
from harness.parts import DIRECTIONS, LEASES, NODE, Part, Pod, ended, is_played, part, result, running
from kubernetes import aio
from kubernetes.aio.client.exceptions import ApiException

BEAT = 10.0
"""Seconds between two signs of life of the node, as a kubelet's."""

# The generated client's types have no room for the content type of a patch, and its watch has no types.
_client: Any = aio.client
_config: Any = aio.config
_watch: Any = aio.watch

_MERGE = {"_content_type": "application/merge-patch+json"}

See = Callable[[str, dict[str, Any], asyncio.TaskGroup], None]
"""Takes up one event of a watch: its type and the pod."""

PAUSE = 0.2
"""Seconds before another try, of an apiserver that did not answer."""


class Player:
    """Follows the pods of its node and plays each once. A restarted player takes up the plays that are under way."""

    def __init__(self, api: aio.client.ApiClient) -> None:
        self._core = _client.CoreV1Api(api)
        self._custom = _client.CustomObjectsApi(api)
        self._leases = _client.CoordinationV1Api(api)
        self._plays: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Play until the process ends. A play that goes wrong ends all of them: a dead player is seen and named.

        An apiserver that is away is nothing wrong: tests restart it, and plays go on when it is back.
        """
        await _patiently(self._join)
        async with asyncio.TaskGroup() as plays:
            plays.create_task(self._live())
            plays.create_task(self._follow("", plays, self._take))
            await self._follow(NODE, plays, self._see)

    async def _follow(self, node: str, plays: asyncio.TaskGroup, see: See) -> None:
        """See the pods of a node; those of no node for an empty name."""
        while True:
            follow = _watch.Watch().stream(
                self._core.list_pod_for_all_namespaces,
                field_selector=f"spec.nodeName={node}",
                timeout_seconds=300,
            )
            try:
                async for event in follow:
                    see(event["type"], event["raw_object"], plays)
            except (ApiException, ClientError, TimeoutError) as error:
                if not _away(error):
                    raise
                await asyncio.sleep(PAUSE)

    def _take(self, kind: str, pod: Pod, plays: asyncio.TaskGroup) -> None:
        if kind == "ADDED" and is_played(pod):
            plays.create_task(_patiently(lambda: self._bind(pod)))

    async def _bind(self, pod: Pod) -> None:
        """What a scheduler does."""
        name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        target = {"apiVersion": "v1", "kind": "Node", "name": NODE}
        body = {"metadata": {"name": name}, "target": target}
        # The client can't read the answer, a Status where it says that it is a Binding.
        answer = await self._core.create_namespaced_pod_binding_without_preload_content(name, namespace, body)
        async with answer:
            if answer.status not in (HTTPStatus.CREATED, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT):
                refusal = ApiException(status=answer.status, body=await answer.text())
                if not _ending(refusal):
                    raise refusal

    def _see(self, kind: str, pod: dict[str, Any], plays: asyncio.TaskGroup) -> None:
        uid = pod["metadata"]["uid"]
        play = self._plays.get(uid)
        if kind == "DELETED" or pod["metadata"].get("deletionTimestamp"):
            if play is not None:
                play.cancel()
            self._plays.pop(uid, None)
            if kind != "DELETED":
                self._plays[uid] = plays.create_task(_patiently(lambda: self._remove(pod)))
        elif play is None and pod["status"].get("phase") in (None, "Pending", "Running"):
            self._plays[uid] = plays.create_task(_patiently(lambda: self._play(pod)))

    async def _play(self, pod: Pod) -> None:
        name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        act = part(pod, await self._directions(namespace))
        started = _now()
        await self._report(name, namespace, running(pod, started))
        await asyncio.sleep(act.seconds)
        await self._put_out(pod, act, whole=not act.late)
        await self._report(name, namespace, ended(pod, act, started=started, now=_now()))
        if act.late:
            await asyncio.sleep(act.late)
            await self._complete(pod, act)

    async def _complete(self, pod: Pod, act: Part) -> None:
        """Put out what was announced before."""
        outputs = result(pod, act)
        if outputs is not None:
            await self._custom.patch_namespaced_custom_object(
                "argoproj.io",
                "v1alpha1",
                pod["metadata"]["namespace"],
                "workflowtaskresults",
                outputs["metadata"]["name"],
                outputs,
                **_MERGE,
            )

    async def _put_out(self, pod: Pod, act: Part, *, whole: bool) -> None:
        outputs = result(pod, act, whole=whole)
        if outputs is None:
            return
        try:
            await self._custom.create_namespaced_custom_object(
                "argoproj.io", "v1alpha1", pod["metadata"]["namespace"], "workflowtaskresults", outputs
            )
        except ApiException as error:
            if error.status != HTTPStatus.CONFLICT and not _ending(error):
                raise

    async def _report(self, name: str, namespace: str, status: dict[str, Any]) -> None:
        try:
            await self._core.patch_namespaced_pod_status(name, namespace, {"status": status}, **_MERGE)
        except ApiException as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    async def _remove(self, pod: Pod) -> None:
        """What a kubelet does last for a deleted pod; without it the pod would stay for ever."""
        try:
            await self._core.delete_namespaced_pod(
                pod["metadata"]["name"], pod["metadata"]["namespace"], grace_period_seconds=0
            )
        except ApiException as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    async def _directions(self, namespace: str) -> dict[str, str]:
        try:
            found = await self._core.read_namespaced_config_map(DIRECTIONS, namespace)
        except ApiException as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return {}
        return found.data or {}

    async def _join(self) -> None:
        """Put the node there. No scheduler may use it: of a stranger's pods none is to end up here."""
        node = {
            "metadata": {"name": NODE, "labels": {"kubernetes.io/os": "linux"}},
            "spec": {"unschedulable": True},
        }
        await _there(self._core.create_node(node))
        room = {"cpu": "10000", "memory": "100Ti", "pods": "100000", "ephemeral-storage": "100Ti"}
        ready = {"type": "Ready", "status": "True", "reason": "Played"}
        status = {"capacity": room, "allocatable": room, "conditions": [ready]}
        await self._core.patch_node_status(NODE, {"status": status}, **_MERGE)
        lease = {
            "metadata": {"name": NODE},
            "spec": {"holderIdentity": NODE, "leaseDurationSeconds": int(4 * BEAT)},
        }
        await _there(self._leases.create_namespaced_lease(LEASES, lease))

    async def _live(self) -> None:
        """A node that gives no sign of life is taken for lost, and its pods with it."""
        while True:
            await _patiently(self._renew)
            await asyncio.sleep(BEAT)

    async def _renew(self) -> None:
        now = datetime.datetime.now(tz=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        await self._leases.patch_namespaced_lease(NODE, LEASES, {"spec": {"renewTime": now}}, **_MERGE)


async def _there(creation: Awaitable[object]) -> None:
    """Create what may be there already."""
    try:
        await creation
    except ApiException as error:
        if error.status != HTTPStatus.CONFLICT:
            raise


async def _patiently(act: Callable[[], Awaitable[None]]) -> None:
    """Do what may be done twice, for as long as the apiserver is away."""
    while True:
        with suppress(ClientError, TimeoutError):
            try:
                return await act()
            except ApiException as error:
                if not _away(error):
                    raise
        await asyncio.sleep(PAUSE)


def _away(error: Exception) -> bool:
    """True where another try may do: no answer, a watch too old to go on, an apiserver that starts, ends or is busy."""
    busy = (HTTPStatus.GONE, HTTPStatus.TOO_MANY_REQUESTS)
    return not isinstance(error, ApiException) or error.status in busy or error.status >= 500


def _ending(error: ApiException) -> bool:
    """True where the namespace is gone or going: its pods go with it, and nobody waits for what they put out."""
    return error.status == HTTPStatus.NOT_FOUND or (
        error.status == HTTPStatus.FORBIDDEN and "being terminated" in (error.body or "")
    )


def _now() -> str:
    return datetime.datetime.now(tz=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def main(kubeconfig: str) -> None:
    """Play on the cluster of this kubeconfig."""
    async with await _config.new_client_from_config(kubeconfig) as api:
        await Player(api).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
