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
    real = asyncio.run(_of_a_real_one(light.kubeconfig, light_workers))
    memory = run(_of_one_in_memory(tmp_path))
    assert list(real) == list(memory)
    differ = {
        step: {"real": real[step], "in memory": memory[step]} for step in real if real[step] != memory[step]
    }
    assert {} == differ


async def _of_a_real_one(kubeconfig: Path, namespace: str) -> dict[str, Any]:
    told = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
    cluster, user = told["clusters"][0]["cluster"], told["users"][0]["user"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cadata=authority))
    async with Client(connector, host=cluster["server"], token=user["token"]) as client:
        return await Script(client, namespace).run()


async def _of_one_in_memory(folder: Path) -> dict[str, Any]:
    async with (
        Apiserver(folder / "s") as server,
        Client(aiohttp.UnixConnector(str(server.socket))) as client,
    ):
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "town"}}
        await client.ask("POST", "/api/v1/namespaces", namespace)
        server.forget()  # a real one's cache begins with what was there when it started
        return await Script(client, "town").run()
