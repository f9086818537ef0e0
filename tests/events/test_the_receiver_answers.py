"""What a sender gets back, and what a stranger can do to the receiver: over real HTTP, to the real application."""

import asyncio
import base64
import gc
import hashlib
import hmac
import json
import random
import socket
import tracemalloc

import aiohttp
import pytest

from events.metrics import Metrics
from events.receiver.app import application
from events.receiver.cloudevents import CloudEvents
from events.receiver.guards import Guard
from events.receiver.hooks import Hooks
from events.serving import listening
from events.settings import MEGABYTE, EventsSettings
from events.signatures import Secret
from events.signatures import signed as standard_signed

ALERT = {
    "name": "alert",
    "event": "CloudEvent",
    "eventType": "com.example.alert.*",
    "sling": {"description": "Look into the alert."},
}
EVENT = {
    "specversion": "1.0",
    "id": "e1",
    "source": "/mon",
    "type": "com.example.alert.fired",
    "data": {"host": "db1"},
}


def answers(town, *requests, tries=60, patience=30.0):
    """Post each of (path, headers, body) in turn to a receiver; status and JSON of each answer."""

    async def run():
        settings = EventsSettings(
            secrets=town.home.secrets, events_secret="forge/webhook-secret", patience=patience
        )
        parts = (settings, town.store, town.secrets, town.inbox, Metrics(), town.clock)
        app = application(Hooks(*parts), CloudEvents(*parts), guard=Guard(tries), metrics=parts[4])
        found = []
        async with listening(app, "127.0.0.1", 0) as port, aiohttp.ClientSession() as session:
            for path, headers, body in requests:
                async with session.post(
                    f"http://127.0.0.1:{port}{path}", headers=headers, data=body
                ) as answer:
                    text = await answer.text()
                    found.append((answer.status, json.loads(text) if text.startswith("{") else {}))
        return found

    return asyncio.run(run())


def hook(sent, **headers):
    """A delivery as a request to the rig's hook."""
    return ("/hooks/app", {**sent.headers, **headers}, sent.body)


def test_a_good_delivery_is_answered_once_its_convoy_is_there(town, forge):
    """With the decision, for whoever reads the forge's page of deliveries."""
    forge.open()
    ((status, told),) = answers(town, hook(forge.label(1)))
    assert (status, told["decisions"][0]["reason"]) == (200, "Slung")
    assert town.convoys() == {told["decisions"][0]["convoy"]}


def test_what_does_not_concern_us_is_a_success(town, forge):
    """Forges disable webhooks that are answered with errors."""
    told = answers(
        town,
        hook(forge.open()),
        hook(forge.comment(1, "/sling", who="stranger")),
        hook(forge.edit(1, body="x")),
    )
    assert [status for status, _ in told] == [200, 200, 200]
    assert town.convoys() == set()


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param({"x-gitea-signature": ""}, id="empty, as Gitea sends without a secret"),
        pytest.param({"x-gitea-signature": "0" * 64}, id="wrong"),
        pytest.param({"x-gitea-signature": "ä" * 64}, id="not ASCII"),
        pytest.param({"x-gitea-signature": "00"}, id="short"),
    ],
)
def test_a_wrong_signature_is_refused(town, forge, spoil):
    """Whatever other headers carry a right one: the rig says which forge it is."""
    forge.open()
    ((status, _),) = answers(town, hook(forge.label(1), **spoil))
    assert (status, town.convoys()) == (401, set())


def test_a_rig_that_is_not_there_answers_as_a_wrong_signature(town, forge):
    """Nobody learns which rigs there are."""
    forge.open()
    sent = forge.label(1)
    assert [status for status, _ in answers(town, ("/hooks/other", sent.headers, sent.body))] == [401]


def test_both_secrets_count_while_one_is_changed(make, forge):
    """So that no delivery is refused in between."""
    town = make(webhookSecretRef={"name": "forge", "previousKey": "old"})
    forge.open()
    sent = forge.label(1)
    folder = town.home.secrets / "forge"
    (folder / "old").write_text("s3cret")
    (folder / "webhook-secret").write_text("new")
    assert answers(town, hook(sent))[0][0] == 200
    (folder / "old").unlink()
    assert answers(town, hook(sent))[0][0] == 401


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        pytest.param(b"{", "application/json", 400, id="no JSON"),
        pytest.param(b"[]", "application/json", 400, id="no object"),
        pytest.param(b"[" * 200_000, "application/json", 400, id="deep"),
        pytest.param(b'{"action": "label_updated"}', "application/json", 400, id="fields are missing"),
        pytest.param(b"payload=%7B%7D", "application/x-www-form-urlencoded", 400, id="a form"),
    ],
)
def test_a_signed_body_that_is_none_is_the_senders_mistake(town, body, kind, status):
    """No parser gives up in a way of its own."""
    code = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    headers = {"content-type": kind, "x-gitea-event": "issues", "x-gitea-event-type": "issue_label"}
    assert answers(town, ("/hooks/app", headers | {"x-gitea-signature": code}, body))[0][0] == status


def test_a_forge_that_does_not_answer_is_tried_again_later(town, forge):
    """The delivery stays listed as failed, and can be sent again."""
    forge.open()
    sent = forge.label(1)
    forge.down = True
    assert answers(town, hook(sent))[0][0] == 503
    forge.down = False
    assert answers(town, hook(sent))[0][1]["decisions"][0]["reason"] == "Slung"


def test_who_guesses_signatures_waits(town, forge):
    """After as many as are allowed in a minute."""
    forge.open()
    wrong = hook(forge.label(1), **{"x-gitea-signature": "0" * 64})
    assert [status for status, _ in answers(town, *[wrong] * 4, tries=3)] == [401, 401, 401, 429]


def test_a_body_that_never_ends_costs_less_than_30_megabytes(town):
    """Unsigned, chunked, without a length: it is refused at the limit, and nothing of it stays."""

    async def endless():
        piece = b"x" * 65536
        for _ in range(64 * MEGABYTE // len(piece)):
            yield piece

    headers = {"content-type": "application/json", "x-gitea-event": "push", "x-gitea-signature": "0" * 64}
    gc.collect()
    tracemalloc.start()
    try:
        try:
            ((status, _),) = answers(town, ("/hooks/app", headers, endless()))
        except aiohttp.ClientError:
            status = 413  # it hung up while we were still sending
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert status == 413
    assert peak < 30 * MEGABYTE


def test_a_body_that_says_it_is_too_long_is_not_read(town):
    """By its length, before the first byte."""

    async def run():
        settings = EventsSettings(secrets=town.home.secrets)
        parts = (settings, town.store, town.secrets, town.inbox, Metrics(), town.clock)
        app = application(Hooks(*parts), CloudEvents(*parts), guard=Guard(9), metrics=parts[4])
        async with listening(app, "127.0.0.1", 0) as port:
            with socket.create_connection(("127.0.0.1", port)) as wire:
                wire.settimeout(0)
                head = f"POST /hooks/app HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Gitea-Signature: {'0' * 64}\r\n"
                loop = asyncio.get_running_loop()
                await loop.sock_sendall(wire, f"{head}Content-Length: {99 * MEGABYTE}\r\n\r\n".encode())
                return await loop.sock_recv(wire, 64)

    assert b" 413 " in asyncio.run(run())


@pytest.mark.parametrize("form", ["binary", "structured", "batch"])
@pytest.mark.parametrize("proof", ["bearer", "signature"])
@pytest.mark.parametrize("path", ["/events", "/events/app"])
def test_a_cloud_event_slings_once_in_every_form(make, clock, form, proof, path):
    """Its source and id are the key, however it comes."""
    town = make(triggers=[ALERT])
    if form == "binary":
        headers = {f"ce-{name}": value for name, value in EVENT.items() if name != "data"}
        headers["content-type"], body = "application/json", json.dumps(EVENT["data"]).encode()
    elif form == "structured":
        headers, body = {"content-type": "application/cloudevents+json"}, json.dumps(EVENT).encode()
    else:
        headers = {"content-type": "application/cloudevents-batch+json"}
        body = json.dumps([EVENT, EVENT | {"type": "com.example.other"}]).encode()
    if proof == "bearer":
        headers["authorization"] = "Bearer s3cret"
    else:
        headers |= standard_signed(Secret("s3cret"), name="m1", moment=int(clock.now.timestamp()), body=body)
    told = answers(town, (path, headers, body), (path, headers, body))
    assert [one["decisions"][0]["reason"] for _, one in told] == ["Slung", "DoneBefore"]
    (name,) = town.convoys()
    (bead,) = town.spec(name)["beads"]
    assert bead["description"].startswith("Look into the alert.")
    assert '"host": "db1"' in bead["description"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer wrong"},
        {"webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": "v1,AA=="},
    ],
    ids=["none", "wrong token", "old signature"],
)
def test_a_cloud_event_without_proof_is_refused(make, headers):
    """As any delivery."""
    town = make(triggers=[ALERT])
    headers = {"content-type": "application/cloudevents+json", **headers}
    assert answers(town, ("/events", headers, json.dumps(EVENT).encode()))[0][0] == 401


@pytest.mark.parametrize(
    "change",
    [
        {"id": ""},
        {"type": 7},
        {"source": None},
        {"specversion": "0.3"},
        {"time": "yesterday"},
        {"data_base64": "%"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_event_that_is_none_is_the_senders_mistake(make, change):
    """With the field that is wrong."""
    town = make(triggers=[ALERT])
    headers = {"content-type": "application/cloudevents+json", "authorization": "Bearer s3cret"}
    ((status, told),) = answers(town, ("/events", headers, json.dumps(EVENT | change).encode()))
    assert status == 400
    assert next(iter(change)) in told["error"]


def test_mutated_deliveries_end_in_an_answer(town, forge):
    """Signed rubbish of every kind: an answer, and never one that says that we broke. `bench/` has a hundred thousand."""
    forge.open()
    seeds = [forge.label(1), forge.comment(1, "/sling"), forge.open("x")]
    chance = random.Random(7)  # noqa: S311 - the same rubbish each time
    requests = []
    for _ in range(300):
        sent = chance.choice(seeds)
        body = mutated(sent.body, chance)
        code = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
        requests.append(("/hooks/app", sent.headers | {"x-gitea-signature": code}, body))
    statuses = {status for status, _ in answers(town, *requests)}
    assert statuses <= {200, 400}


def mutated(body, chance):
    """A body with something wrong in it: bytes, types or sizes."""
    if chance.random() < 0.3:
        at = chance.randrange(len(body))
        return body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :]
    content = json.loads(body)
    node = content
    while True:
        key = chance.choice(list(node))
        if isinstance(node[key], dict) and node[key] and chance.random() < 0.7:
            node = node[key]
            continue
        node[key] = chance.choice(
            [None, 0, -1, 10**400, "", "\ud800", [], {}, [[]], True, 1e308, "x" * 10000]
        )
        return json.dumps(content).encode()


def test_base64_data_is_data(make):
    """CloudEvents may carry bytes."""
    town = make(triggers=[ALERT])
    event = {key: value for key, value in EVENT.items() if key != "data"}
    event["data_base64"] = base64.b64encode(b"host db1 is down").decode()
    headers = {"content-type": "application/cloudevents+json", "authorization": "Bearer s3cret"}
    answers(town, ("/events", headers, json.dumps(event).encode()))
    (name,) = town.convoys()
    assert "host db1 is down" in town.spec(name)["beads"][0]["description"]
