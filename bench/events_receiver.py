"""The receiver of webhooks: signed deliveries that no trigger listens to, beside an empty route of the same server.

Each server is a process of its own and its processor time is what counts, so that the figure is one of a core and what else runs on the machine
matters little. Then fifty deliveries a second, and how long each waits for its answer.
"""

import asyncio
import hashlib
import hmac
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import psutil
from aiohttp import web

sys.path.insert(0, str(Path(__file__).parents[1]))

from crds import Rig
from workflows.local.home import Home
from workflows.local.town import LocalTown

SECRET = "bench"  # noqa: S105 - of nothing
COUNT, TURNS, AT_ONCE, PACE, PACED = 8000, 10, 16, 50, 500
COMMITS = [
    {
        "id": f"{each:040x}",
        "message": "Mend it",
        "added": [],
        "modified": [f"src/part-{each}.py"],
        "removed": [],
    }
    for each in range(20)
]
PUSH = {
    "ref": "refs/heads/somebodys-branch",
    "before": "1" * 40,
    "after": "2" * 40,
    "commits": COMMITS,
    "repository": {"id": 7, "full_name": "acme/app"},
    "sender": {"id": 3, "login": "writer"},
}


def rig() -> Rig:
    """A rig that listens to pushes to main."""
    spec = {
        "gitURL": "https://git.test/acme/app.git",
        "beadsPrefix": "ap",
        "agent": "custom",
        "agentConfig": {"command": ["true"]},
        "forge": {"kind": "gitea", "apiURL": "http://127.0.0.1:1/api/v1", "repository": "acme/app"},
        "forgeTokenSecretRef": {"name": "forge", "key": "token"},
        "webhookSecretRef": {"name": "forge"},
        "triggers": [
            {"name": "pushed", "event": "Push", "sling": {"description": "d"}},
            {"name": "commanded", "event": "Comment", "command": "/sling"},
        ],
    }
    return Rig.model_validate({"metadata": {"name": "app"}, "spec": spec})


COMMENT = {
    "action": "created",
    "issue": {
        "id": 70,
        "number": 4,
        "title": "The door squeaks",
        "body": "Every morning. " * 60,
        "labels": [],
    },
    "comment": {"id": 9, "body": "Mine squeaks, too. " * 40, "user": {"id": 3, "login": "writer"}},
    "repository": {
        "id": 7,
        "full_name": "acme/app",
        "description": "Doors",
        "html_url": "https://git.test/acme/app",
    },
    "sender": {"id": 3, "login": "writer"},
    "is_pull": False,
}
KINDS = {"issue_comment": COMMENT, "push": PUSH}
"""A comment without the command, and a push of twenty commits to a branch of nobody's interest."""


def beside(port: int) -> "subprocess.Popen[bytes]":
    """The empty route."""
    return subprocess.Popen([sys.executable, __file__, "--empty", str(port)])


def free_port() -> int:
    """A port for a server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def receiver(root: Path, port: int) -> "subprocess.Popen[bytes]":
    """The real program on a town of its own."""
    home = Home(root / "town")
    town = LocalTown(home)
    town.store.put_resource(rig().manifest())
    town.store.close()
    (home.secrets / "forge").mkdir(parents=True)
    (home.secrets / "forge" / "token").write_text("t", encoding="utf-8")
    (home.secrets / "forge" / "webhook-secret").write_text(SECRET, encoding="utf-8")
    words = ("-m", "kubectl_gt", "events", "serve", "--port", str(port), "--poll", "1h", "--hold")
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(root),
        "GASTOWN_HOME": str(home.root),
        "GASTOWN_LOCAL": "1",
    }
    return subprocess.Popen([sys.executable, *words], env=environ, stderr=subprocess.DEVNULL)


async def empty(port: int) -> None:
    """The same server with a route that only reads its body."""

    async def post(request: web.Request) -> web.Response:
        await request.read()
        return web.json_response({})

    app = web.Application()
    app.router.add_post("/hooks/{rig}", post)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


def request(kind: str) -> tuple[dict[str, str], bytes]:
    """A signed delivery that no trigger listens to."""
    body = json.dumps(KINDS[kind]).encode()
    code = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "x-gitea-event-type": kind, "x-gitea-event": kind}
    return headers | {"x-gitea-signature": code}, body


async def post(session: aiohttp.ClientSession, port: int, kind: str) -> float:
    """One delivery; the seconds that it took."""
    headers, body = request(kind)
    began = time.monotonic()
    async with session.post(f"http://127.0.0.1:{port}/hooks/app", headers=headers, data=body) as answer:
        await answer.read()
        if answer.status != 200:
            raise SystemExit(f"the receiver answers {answer.status}")
    return time.monotonic() - began


async def listening(port: int) -> None:
    """Wait for a server."""
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise SystemExit("the server does not start")


async def spent(port: int, server: psutil.Process, kind: str, count: int) -> float:
    """The server's processor time for so many deliveries."""
    async with aiohttp.ClientSession() as session:

        async def some(count: int) -> None:
            for _ in range(count):
                await post(session, port, kind)

        await asyncio.gather(*(some(2) for _ in range(AT_ONCE)))
        before = server.cpu_times()
        await asyncio.gather(*(some(count // AT_ONCE) for _ in range(AT_ONCE)))
        after = server.cpu_times()
    return after.user + after.system - before.user - before.system


async def per_core(ports: Sequence[int], servers: Sequence[psutil.Process], kind: str) -> list[float]:
    """Deliveries in a second of each server's processor time: in turns, so that what else runs on the machine slows all alike."""
    used = [0.0 for _ in ports]
    for turn in range(TURNS + 1):
        for place, port in enumerate(ports):
            took = await spent(port, servers[place], kind, COUNT // TURNS)
            used[place] += took if turn else 0.0  # the first turn only warms up
    return [COUNT / each for each in used]


async def paced(port: int) -> list[float]:
    """How long each delivery takes at a steady pace, in order."""
    async with aiohttp.ClientSession() as session:
        sent = []
        for _ in range(PACED):
            sent.append(asyncio.create_task(post(session, port, "issue_comment")))
            await asyncio.sleep(1 / PACE)
        return sorted(await asyncio.gather(*sent))


async def measure(root: Path) -> int:
    """Print the figures; 1 where the receiver answers late."""
    ports = free_port(), free_port()
    servers = [
        receiver(root, ports[0]),
        beside(ports[1]),
    ]
    try:
        for port in ports:
            await listening(port)
        processes = [psutil.Process(each.pid) for each in servers]
        found = {kind: await per_core(ports, processes, kind) for kind in KINDS}
        took = await paced(ports[0])
    finally:
        for each in servers:
            each.terminate()
            each.wait()
    late = took[int(len(took) * 0.99)]
    print(f"{'':34}deliveries/s of a core")
    for kind, (ours, bare) in found.items():
        print(f"{kind + ', empty route':34}{bare:10.0f}")
        print(f"{kind + ', no trigger listens':34}{ours:10.0f}   {ours / bare:.0%} (goal: 50%)")
    print(
        f"at {PACE} a second: p50 {took[len(took) // 2] * 1000:.1f} ms, p99 {late * 1000:.1f} ms (goal: below 100)"
    )
    return 0 if late < 0.1 else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--empty"]:
        asyncio.run(empty(int(sys.argv[2])))
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(asyncio.run(measure(Path(folder))))
