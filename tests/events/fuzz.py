"""Mutated deliveries of all six forges, rightly signed, against the real receiver over HTTP.

`python tests/events/fuzz.py --count 100000` sends as many; `--seed 7` makes others. A delivery that gets a 5xx, a log record with a traceback,
or memory that grows is wrong. `make test` sends a few hundred.
"""

import argparse
import asyncio
import copy
import dataclasses
import hashlib
import hmac
import json
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import aiohttp
import psutil

sys.path.insert(0, str(Path(__file__).parent))

import samples
from smallgitea import SECRET, Clock, SmallGitea
from towns import TRIGGERS, Town, rig

from events.metrics import Metrics
from events.receiver.app import application
from events.receiver.cloudevents import CloudEvents
from events.receiver.guards import Guard
from events.receiver.hooks import Hooks
from events.serving import listening
from events.settings import EventsSettings

ODD = (
    None, True, 0, -1, 2**63, 10**400, 1e308, "", "0" * 40, "\x00", "\ud800", "a" * 5000, [], {}, [[]], {"id": {}},
    "refs/heads/", "../..", "2026-13-45T99:99:99Z", "<!--", "\u202e", ["x"] * 50,
)  # fmt: skip
GROWTH = 24 << 20
"""Bytes that the process may grow by between the first fifth and the end: allocators keep some."""
AT_ONCE = 8
SIGNATURES = {
    "github": ("x-hub-signature-256", "sha256="),
    "gitea": ("x-gitea-signature", ""),
    "forgejo": ("x-forgejo-signature", ""),
    "bitbucket": ("x-hub-signature", "sha256="),
    "bitbucketServer": ("x-hub-signature", "sha256="),
}


@dataclasses.dataclass
class Report:
    """What a run saw."""

    statuses: Counter
    tracebacks: list
    grown: int
    seconds: float

    def wrong(self):
        """Why the run is red, empty where it is not."""
        bad = {status: count for status, count in self.statuses.items() if status >= 500}
        told = [f"answers {bad}"] if bad else []
        told += [f"traceback: {each}" for each in self.tracebacks[:3]]
        return told + ([f"grew by {self.grown >> 20} MB"] if self.grown > GROWTH else [])


class Tracebacks(logging.Handler):
    """Keeps what was logged with an exception."""

    def __init__(self):
        super().__init__()
        self.found = []

    def emit(self, record):
        """Take a record."""
        if record.exc_info:
            self.found.append(f"{record.name}: {record.getMessage()}: {record.exc_info[1]!r}")


def places(node):
    """Every (container, key) below a node."""
    found, pending = [], [node]
    while pending:
        at = pending.pop()
        for key in list(at) if isinstance(at, dict) else range(len(at)):
            found.append((at, key))
            if isinstance(at[key], dict | list):
                pending.append(at[key])
    return found


def mutated(chance, content):
    """A delivery's body with one to four things wrong, or torn as text."""
    whole = json.loads(json.dumps(content))
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        at, key = chance.choice(places(whole))
        match chance.randrange(4):
            case 0:
                del at[key]
            case 1:
                at[key] = copy.deepcopy(chance.choice(ODD))  # the next mutation may change it
            case 2:
                other, name = chance.choice(places(whole))
                at[key] = json.loads(json.dumps(other[name]))
            case _:
                at[key] = [at[key]]
        if not whole or not places(whole):
            break
    body = json.dumps(whole).encode()
    if chance.random() < 0.1:
        spot = chance.randrange(len(body))
        body = body[:spot] + chance.randbytes(chance.randint(0, 3)) + body[spot + chance.randint(0, 2) :]
    if chance.random() < 0.01:
        body = b"[" * 20_000 + body
    return body


def delivery(chance):
    """A path, headers and a body: of any forge and event."""
    kind = chance.choice(list(samples.FORGES))
    header, table, common = samples.FORGES[kind]
    name, content = chance.choice(list(table.values()))
    body = mutated(chance, common | content)
    headers = {header: name, "content-type": "application/json"}
    if kind == "gitlab":
        headers["x-gitlab-token"] = SECRET
    else:
        where, prefix = SIGNATURES[kind]
        headers[where] = prefix + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    if kind == "gitea":
        headers["x-gitea-event"] = name
    return f"/hooks/{kind.lower()}", headers, body


def town(root):
    """A rig of each kind. The small forge answers Gitea's; the others listen to nothing, so that no forge is asked."""
    clock = Clock()
    forge = SmallGitea(clock)
    for _ in range(4):
        forge.open()
    made = Town(root, forge, clock)
    deaf = [{"name": "alert", "event": "CloudEvent", "eventType": "x.y", "sling": {"description": "d"}}]
    heard = [
        {"name": "opened", "event": "IssueOpened"},
        *TRIGGERS,
        {"name": "asked", "event": "PullRequestComment", "command": "/sling"},
        {"name": "pushed", "event": "Push", "sling": {"description": "d"}},
    ]
    for kind in samples.FORGES:
        manifest = rig(kind=kind, triggers=heard if kind == "gitea" else deaf).manifest()
        manifest["metadata"]["name"] = kind.lower()
        made.local.store.put_resource(manifest)
        made.local.store.put_resource(
            {
                "kind": "Refinery",
                "metadata": {"name": f"{kind.lower()}-refinery"},
                "spec": {"rigRef": kind.lower()},
            }
        )
    made.start()
    return made


async def run(count, seed, root):
    """Send so many deliveries, a few at once."""
    chance, made, statuses, tracebacks = random.Random(seed), town(root), Counter(), Tracebacks()  # noqa: S311
    settings = EventsSettings(secrets=made.home.secrets)
    parts = (settings, made.store, made.secrets, made.inbox, Metrics(), made.clock)
    app = application(Hooks(*parts), CloudEvents(*parts), guard=Guard(60), metrics=parts[4])
    logging.getLogger().addHandler(tracebacks)
    process, early, began = psutil.Process(), 0, time.monotonic()
    try:
        async with listening(app, "127.0.0.1", 0) as port, aiohttp.ClientSession() as session:

            async def send(path, headers, body):
                async with session.post(
                    f"http://127.0.0.1:{port}{path}", headers=headers, data=body
                ) as answer:
                    await answer.read()
                    statuses[answer.status] += 1

            for sent in range(0, count, AT_ONCE):
                batch = [delivery(chance) for _ in range(min(AT_ONCE, count - sent))]
                await asyncio.gather(*(send(*each) for each in batch))
                made.after.clear()
                if not early and sent >= count // 5:
                    early = process.memory_info().rss
    finally:
        logging.getLogger().removeHandler(tracebacks)
        made.local.store.close()
    grown = process.memory_info().rss - early
    return Report(statuses, tracebacks.found, grown, time.monotonic() - began)


def main():
    """Run and tell; 1 where something is wrong."""
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--count", type=int, default=100_000)
    told.add_argument("--seed", type=int, default=1)
    wanted = told.parse_args()
    with tempfile.TemporaryDirectory() as root:
        report = asyncio.run(run(wanted.count, wanted.seed, Path(root)))
    rows = ", ".join(f"{status}: {count}" for status, count in sorted(report.statuses.items()))
    sys.stdout.write(
        f"{wanted.count} deliveries in {report.seconds:.0f} s: {rows}; memory +{report.grown >> 20} MB\n"
    )
    for each in report.wrong():
        sys.stdout.write(f"wrong: {each}\n")
    return 1 if report.wrong() else 0


if __name__ == "__main__":
    sys.exit(main())
