"""The apiserver in memory, which tests/adapter trusts, and a real one are asked the same, and have to answer the same."""

import asyncio
import base64
import ssl
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from harness.running import Cluster
from inmemory import Apiserver, run
from inmemory.client import Client
from inmemory.script import Script


def test_both_answer_the_same(light: Cluster, light_workers: str, tmp_path: Path) -> None:
    """Codes and reasons, what is kept and whose it is, versions, generations, pages, the order of events, and 410."""
    kubeconfig = yaml.safe_load(light.kubeconfig.read_text(encoding="utf-8"))
    real = asyncio.run(_of_a_real_one(kubeconfig, light_workers))
    memory = run(_of_one_in_memory(tmp_path))
    assert list(real) == list(memory)
    differ = [
        f"{step}, {field}: {real[step].get(field)} of a real one, {memory[step].get(field)} in memory"
        for step in real
        for field in {**real[step], **memory[step]}
        if real[step].get(field) != memory[step].get(field)
    ]
    assert not differ, "\n".join(differ)


async def _of_a_real_one(told: dict[str, Any], namespace: str) -> dict[str, Any]:
    cluster, user = told["clusters"][0]["cluster"], told["users"][0]["user"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cadata=authority))
    async with Client(connector, host=cluster["server"], token=user["token"]) as client:
        answers = await Script(client, namespace).run()
    await asyncio.sleep(0.25)  # aiohttp leaves the end of TLS to the loop
    return answers


async def _of_one_in_memory(folder: Path) -> dict[str, Any]:
    async with (
        Apiserver(folder / "s") as server,
        Client(aiohttp.UnixConnector(str(server.socket))) as client,
    ):
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "town"}}
        await client.ask("POST", "/api/v1/namespaces", namespace)
        server.forget()  # a real one's cache begins with what was there when it started
        return await Script(client, "town").run()
