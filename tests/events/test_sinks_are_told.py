"""What happened reaches every sink at least once, in order, whatever dies, is down or is refused meanwhile."""

import asyncio
import base64
import contextlib
import datetime
import hashlib
import hmac
import itertools
import json

import aiohttp
import pytest
from aiohttp import web
from towns import rig

from crds import Convoy, Polecat, Refinery, Rig
from crds.sinks import Sink
from events.errors import Unconfigured
from events.metrics import Metrics
from events.outbox import catalogue, formats, letters
from events.outbox import publisher as publisher_module
from events.outbox.facts import facts
from events.outbox.publisher import BATCH, Publisher
from events.secrets import Secrets
from events.stores.interface import Snapshot
from events.stores.town import TownShelf, TownStore
from workflows.local.town import LocalTown

START = datetime.datetime(2026, 5, 4, 12, 0, tzinfo=datetime.UTC)
LATER = "2026-05-04T12:30:00Z"


class Killed(BaseException):
    """The process is gone."""


def snapshot(beads=2):
    """A convoy of some beads, of which the last is stuck for its credentials; a failing refinery; a refused event."""
    convoy = {
        "metadata": {"name": "c1", "namespace": "work", "uid": "u-c1", "creationTimestamp": LATER},
        "spec": {
            "description": "d",
            "rigRef": "app",
            "trackedBeads": ["ap-1"],
            "source": {
                "trigger": "labelled",
                "event": "IssueLabelled",
                "object": "7",
                "number": 3,
                "at": LATER,
            },
        },
        "status": {"phase": "Failed", "rig": "app", "startedAt": LATER, "completedAt": LATER, "attempt": 1},
    }
    polecats = [
        {
            "metadata": {"name": f"c1-ap-{each}", "uid": f"u-{each}", "labels": {"gastown.io/convoy": "c1"}},
            "spec": {"rig": "app", "beadID": f"ap-{each}"},
            "status": {
                "phase": "Done",
                "startedAt": LATER,
                "finishedAt": LATER,
                "commit": "a" * 40,
                "mergedCommit": "b" * 40,
            },
        }
        for each in range(beads - 1)
    ]
    polecats.append(
        {
            "metadata": {"name": "c1-stuck", "uid": "u-stuck"},
            "spec": {"rig": "app", "beadID": "ap-9"},
            "status": {"phase": "Stuck", "startedAt": LATER, "finishedAt": LATER, "reason": "Failed"},
        }
    )
    wrong = {"type": "Ready", "status": "False", "reason": "Red", "message": "m", "lastTransitionTime": LATER}
    refinery = {
        "metadata": {"name": "app-refinery", "uid": "u-r"},
        "spec": {"rigRef": "app"},
        "status": {"phase": "Error", "conditions": [wrong]},
    }
    recent = {"trigger": "labelled", "event": "Comment", "reason": "SenderRate", "message": "m", "at": LATER}
    rig = {
        "metadata": {"name": "app", "uid": "u-rig"},
        "spec": {"gitURL": "https://git.test/a.git", "beadsPrefix": "ap"},
        "status": {
            "events": {"recent": [recent]},
            "conditions": [wrong | {"type": "CredentialsExpired", "status": "True"}],
        },
    }
    return Snapshot(
        (Convoy.model_validate(convoy),),
        tuple(Polecat.model_validate(each) for each in polecats),
        (Refinery.model_validate(refinery),),
        (Rig.model_validate(rig),),
    )


class Town:
    """A town that is looked at, with the file that outboxes lie in."""

    def __init__(self, shelf):
        self.shelf, self.seen = shelf, Snapshot()
        self.left = 10**6
        self.number = None

    def step(self):
        """Die at the n-th step."""
        self.left -= 1
        if self.left < 0:
            raise Killed

    def version(self):
        """None unless a test says otherwise: only a look tells."""
        return self.number

    async def snapshot(self):
        """What is there."""
        self.step()
        return self.seen

    async def load(self, sink):
        """Read the outbox."""
        self.step()
        found = await self.shelf.load(sink)
        self.step()
        return found

    async def save(self, sink, text, version):
        """Store the outbox."""
        self.step()
        found = await self.shelf.save(sink, text, version)
        self.step()
        return found

    async def leads(self):
        """It is alone."""
        return True


class Listener:
    """A sink. It answers what it is told to, and keeps what it took."""

    def __init__(self):
        self.answers, self.requests, self.taken = itertools.repeat((200, {})), [], []

    async def post(self, request):
        """Take one event."""
        body = await request.read()
        status, headers = next(self.answers)
        self.requests.append((request.headers, body))
        if status < 300:
            self.taken.append(json.loads(body))
        return web.Response(status=status, headers=headers)


class Bench:
    """A town, a sink on a port, and a clock that jumps."""

    def __init__(self, town, root):
        self.town, self.root, self.listener, self.time = town, root, Listener(), 0.0
        self.url = ""
        self.metrics = Metrics()

    def publisher(self, **sink):
        """A process that was just started."""
        return Publisher(
            sinks=(Sink(name="s", url=self.url, **sink),),
            town=self.town,
            shelf=self.town,
            secrets=Secrets(self.root),
            leadership=self.town,
            metrics=self.metrics,
            now=lambda: START,
            clock=lambda: self.time,
        )

    def run(self, scenario):
        """Serve the sink while a scenario runs."""

        async def whole():
            app = web.Application()
            app.router.add_post("/", self.listener.post)
            runner = web.AppRunner(app)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
            try:
                async with aiohttp.ClientSession() as session:
                    return await scenario(session)
            finally:
                await runner.cleanup()

        return asyncio.run(whole())

    def ids(self):
        """The ids that were taken, in order."""
        return [each["id"] for each in self.listener.taken]


@pytest.fixture
def bench(town, tmp_path):
    """A sink that knows of a town in which nothing has happened."""
    return Bench(Town(TownShelf(town.local)), tmp_path)


def test_facts_are_the_same_at_each_look():
    """Every type of the catalogue but a convoy's success and a merge that failed, each with an id of its own."""
    first, second = list(facts(snapshot())), list(facts(snapshot()))
    assert [each.id for each in first] == [each.id for each in second]
    assert len({each.id for each in first}) == len(first)
    missing = {each.name for each in catalogue.KINDS} - {each.kind.name for each in first}
    assert missing == {"io.gastown.convoy.completed", "io.gastown.merge.failed"}


@pytest.mark.parametrize("left", range(10), ids="after-{}-steps".format)
def test_a_kill_between_any_two_steps_loses_nothing(bench, left):
    """A process dies before or after it looked, read, or stored; the next one goes on."""

    async def scenario(session):
        await bench.publisher().round(session)
        bench.town.seen = snapshot(8)
        bench.town.left = left
        with contextlib.suppress(Killed):
            await bench.publisher().round(session)
        died = bench.town.left < 0
        bench.town.left = 10**6
        await bench.publisher().round(session)
        return died

    assert bench.run(scenario) == (left < 9)
    assert set(bench.ids()) == {each.id for each in facts(snapshot(8))}
    text, _ = asyncio.run(bench.town.load("s"))
    assert letters.loaded(text, where="here").waiting == ()


def test_a_kill_after_sending_repeats_at_most_a_batch_with_the_same_ids(bench):
    """The sink took them, and nobody wrote that down."""

    async def scenario(session):
        await bench.publisher().round(session)
        bench.town.seen = snapshot(15)
        bench.town.left = 5  # look, load, save what waits; then the save after the first batch dies
        with pytest.raises(Killed):
            await bench.publisher().round(session)
        bench.town.left = 10**6
        await bench.publisher().round(session)

    bench.run(scenario)
    wanted = [each.id for each in facts(snapshot(15))]
    assert set(bench.ids()) == set(wanted)
    assert len(bench.ids()) == len(wanted) + BATCH


def test_a_sink_that_was_down_gets_everything_in_order(bench):
    """Nothing is asked of it while it rests, a restart included, and the objects may be gone by then."""

    async def scenario(session):
        first = bench.publisher()
        await first.round(session)
        bench.town.seen = snapshot()
        bench.listener.answers = itertools.repeat((503, {}))
        await first.round(session)
        await first.round(session)
        asked = len(bench.listener.requests)
        bench.town.seen = Snapshot()
        bench.time += 1000
        await first.round(session)
        assert (asked, len(bench.listener.requests)) == (1, 2)
        bench.listener.answers = itertools.repeat((204, {}))
        await bench.publisher().round(session)

    bench.run(scenario)
    wanted = sorted(facts(snapshot()), key=lambda each: (each.at, each.id))
    assert bench.ids() == [each.id for each in wanted]


@pytest.mark.parametrize(
    ("status", "kept"),
    [
        pytest.param(200, False, id="200-taken"),
        pytest.param(202, False, id="202-taken"),
        pytest.param(302, True, id="302-not-followed"),
        pytest.param(400, False, id="400-refused-for-good"),
        pytest.param(401, True, id="401-until-set-right"),
        pytest.param(404, True, id="404-until-set-right"),
        pytest.param(413, False, id="413-refused-for-good"),
        pytest.param(422, False, id="422-refused-for-good"),
        pytest.param(429, True, id="429-asked-to-wait"),
        pytest.param(500, True, id="500-again"),
        pytest.param(503, True, id="503-again"),
    ],
)
def test_an_answer_decides_what_becomes_of_an_event(bench, status, kept):
    """What would be the same the next time is dropped and counted; all else waits."""

    async def scenario(session):
        await bench.publisher().round(session)
        bench.town.seen = snapshot()
        bench.listener.answers = itertools.repeat((status, {"Location": "/elsewhere"}))
        await bench.publisher().round(session)
        text, _ = await bench.town.load("s")
        return letters.loaded(text, where="here").waiting

    waiting = bench.run(scenario)
    total = len(list(facts(snapshot())))
    assert len(waiting) == (total if kept else 0)
    assert len(bench.listener.requests) == (1 if kept else total)
    fate = "later" if kept else "taken" if status < 300 else "refused"
    assert f'gastown_events_sent_total{{result="{fate}",sink="s"}}' in bench.metrics.text().decode()


def test_retry_after_is_heeded(bench):
    """A sink that asks for two minutes is left alone for two minutes."""

    async def scenario(session):
        publisher = bench.publisher()
        await publisher.round(session)
        bench.town.seen = snapshot()
        bench.listener.answers = itertools.repeat((429, {"Retry-After": "120"}))
        await publisher.round(session)
        for moment in (60, 119, 121):
            bench.time = moment
            await publisher.round(session)
        return len(bench.listener.requests)

    assert bench.run(scenario) == 2


def test_a_town_in_which_nothing_happens_is_not_looked_at(bench):
    """Neither at the town nor at the outbox; and a sink that was down is served from its outbox alone."""

    async def scenario(session):
        publisher = bench.publisher()
        steps = []

        async def rounds(count):
            before = bench.town.left
            for _ in range(count):
                await publisher.round(session)
            steps.append(before - bench.town.left)

        bench.town.number = 1
        await rounds(1)
        await rounds(10)
        bench.town.number, bench.town.seen = 2, snapshot()
        bench.listener.answers = itertools.repeat((503, {}))
        await rounds(1)
        await rounds(10)
        bench.time += 1000
        bench.listener.answers = itertools.repeat((204, {}))
        bench.town.seen = None
        await rounds(10)
        return steps

    look, idle, down, resting, sent = bench.run(scenario)
    assert (look, idle, resting) == (5, 0, 0)  # look, load twice, save twice
    assert down == 5
    assert sent == 4  # load and save, once
    assert len(bench.ids()) == len(list(facts(snapshot())))


def test_what_did_not_fit_is_looked_for_again(bench, monkeypatch):
    """Though nothing else happened in the town."""
    for module in (letters, publisher_module):
        monkeypatch.setattr(module, "MOST", 3)

    async def scenario(session):
        publisher = bench.publisher()
        await publisher.round(session)
        bench.town.number, bench.town.seen = 1, snapshot(8)
        for _ in range(20):
            await publisher.round(session)

    bench.run(scenario)
    assert sorted(bench.ids()) == sorted(each.id for each in facts(snapshot(8)))


def test_a_local_town_is_looked_at_once_after_each_write(bench, town):
    """By whichever connection; what the outbox itself writes ends in silence."""
    looks = []

    class Watched(TownStore):
        """Counts."""

        async def snapshot(self):
            """One look."""
            looks.append(1)
            return await super().snapshot()

    async def scenario(session):
        bench.town.version, bench.town.snapshot = (store := Watched(town.local)).version, store.snapshot
        publisher, other = bench.publisher(), LocalTown(town.home, clock=town.clock)
        for write in (lambda: None, *(each.store for each in (town.local, other))):
            if not callable(write):
                write.put_resource(rig(triggers=()).manifest())
            for _ in range(10):
                await publisher.round(session)
            looks.append("/")
        other.store.close()

    bench.run(scenario)
    counts = [len(each) for each in "".join(map(str, looks)).split("/")]
    assert all(1 <= each <= 2 for each in counts[:3]), counts


def test_a_request_is_signed_after_standard_webhooks(bench):
    """Over id, time and body; and nothing goes out while the secret that it names is missing."""

    async def scenario(session):
        publisher = bench.publisher(secret="sink/key")
        await publisher.round(session)
        bench.town.seen = snapshot()
        with pytest.raises(Unconfigured, match="sink/key is not mounted"):
            await publisher.round(session)
        assert bench.listener.requests == []
        (bench.root / "sink").mkdir()
        (bench.root / "sink" / "key").write_text("whsec_" + base64.b64encode(b"secret").decode())
        await publisher.round(session)

    bench.run(scenario)
    headers, body = bench.listener.requests[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    code = base64.b64encode(hmac.digest(b"secret", signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{code}"
    assert headers["webhook-id"] == json.loads(body)["id"]
    assert headers["content-type"] == "application/cloudevents+json"


def test_a_new_sink_is_not_told_the_past(bench):
    """And one that asks for some types is told no others."""
    bench.town.seen = snapshot()

    async def scenario(session):
        later = bench.publisher(types=["io.gastown.convoy.*"])
        later.now = lambda: datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
        await later.round(session)
        assert bench.ids() == []
        await bench.town.save("s", letters.Outbox(since=START).dumped(), "")
        await later.round(session)

    bench.run(scenario)
    assert {each["type"] for each in bench.listener.taken} == {
        "io.gastown.convoy.created",
        "io.gastown.convoy.started",
        "io.gastown.convoy.failed",
    }


def test_what_happens_in_the_second_of_the_first_look_is_told(bench):
    """An object's time has no fractions: what was made just after the sink was named seems to be from before."""
    bench.town.seen = snapshot()
    latest = max(facts(snapshot()), key=lambda each: each.at)

    async def scenario(session):
        begun = bench.publisher()
        begun.now = lambda: latest.at + datetime.timedelta(seconds=0.9)
        await begun.round(session)

    bench.run(scenario)
    assert latest.id in bench.ids()


def test_a_full_outbox_takes_up_the_rest_when_there_is_room():
    """What does not fit stays on its object."""
    every = [letters.Letter(f"{each:032x}"[::-1], "t", START, "{}") for each in range(letters.MOST + 30)]
    full = letters.Outbox(since=START).with_facts(every, lambda each: each)
    assert len(full.waiting) == letters.MOST
    emptied = full.without(frozenset(each.id for each in full.waiting))
    again = emptied.with_facts(every, lambda each: each)
    told = {each.id for each in (*full.waiting, *again.waiting)}
    assert (len(again.waiting), told) == (30, {each.id for each in every})
    assert letters.loaded(again.dumped(), where="here") == again
    assert again.with_facts([], lambda each: each).known == frozenset()


def test_an_outbox_that_somebody_broke_says_what_to_do():
    """It is not taken for an empty one: that would repeat everything."""
    with pytest.raises(Unconfigured, match=r"here: it is no outbox .*delete it"):
        letters.loaded('{"since": 1}', where="here")


CONTENT = {
    "pipelinerun": {"pipelineName", "uri", "outcome", "errors"},
    "taskrun": {"taskName", "uri", "pipelineRun", "outcome", "errors"},
    "change": {"repository"},
}
"""What CDEvents 0.5.1 lets a subject's content have; it allows nothing else."""


def test_cdevents_have_the_fields_that_their_specification_asks_for():
    """Context, subject and content; what has no place there is customData."""
    for fact in facts(snapshot()):
        event = json.loads(formats.cdevent(fact).body)
        data = event["data"]
        assert set(data) == {"context", "subject", "customData", "customDataContentType"}
        assert set(data["context"]) == {"specversion", "id", "source", "type", "timestamp"}
        assert set(data["subject"]) == {"id", "source", "content"}
        assert (event["id"], event["type"], event["subject"]) == (
            data["context"]["id"],
            data["context"]["type"],
            data["subject"]["id"],
        )
        kind = event["type"].split(".")
        assert kind[1] in {"cdevents", "cdeventsx"}
        assert set(data["subject"]["content"]) <= CONTENT.get(kind[2], set())
        assert ("outcome" in data["subject"]["content"]) == (kind[3] == "finished")


def test_data_has_the_fields_of_its_schema():
    """All of them, under the names that the catalogue gives."""
    for fact in facts(snapshot()):
        schema = fact.kind.data.model_json_schema(mode="serialization")
        data = json.loads(formats.plain(fact).body)["data"]
        assert set(data) == set(schema["properties"]) == set(schema["required"])
