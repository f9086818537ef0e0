"""The floor under every adapter: a list, a watch, and one status write for each event, by plain aiohttp and with no thought at all.

Run as a process of its own, beside the same load: `python -m field.floor <kubeconfig> <namespace>`.
"""

import asyncio
import sys
from pathlib import Path

from field.apiserver import Apiserver, Manifest, collection


async def main(kubeconfig: Path, namespace: str) -> None:
    """Answer each change of a Workflow with a status of the Polecat named after it, until the process is ended."""
    async with Apiserver(kubeconfig) as apiserver:
        listed = await apiserver.get(collection("polecats", namespace))
        known = {each["metadata"]["name"] for each in listed["items"]}
        under_way: set[asyncio.Task[None]] = set()
        print("ready", flush=True)
        async for workflow in apiserver.watch(collection("workflows", namespace)):
            name = workflow["metadata"]["name"].rpartition("-")[0]
            if name in known:
                answer = asyncio.create_task(_answer(apiserver, namespace, name, workflow))
                under_way.add(answer)
                answer.add_done_callback(under_way.discard)


async def _answer(apiserver: Apiserver, namespace: str, name: str, workflow: Manifest) -> None:
    nodes = (workflow.get("status") or {}).get("nodes") or {}
    started = max((node["startedAt"] for node in nodes.values()), default=None)
    if started:
        path = f"{collection('polecats', namespace)}/{name}/status"
        await apiserver.patch(path, {"status": {"startedAt": started}})


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
