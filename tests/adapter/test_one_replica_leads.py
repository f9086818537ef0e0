"""One leader by a Lease: who holds it works, the others wait; at no moment do two."""

import asyncio

import pytest
from inmemory import Fault
from playtown import Replica, Town, bead
from playtown.town import HOME

LEASE = {"name": "gastown-adapter", "duration": 10, "renew": 6, "retry": 2}
NAME = f"{HOME}/gastown-adapter"

pytestmark = pytest.mark.settings(lease=LEASE)


async def _second(town: Town) -> Replica:
    """A replica that waits beside the one that leads."""
    await town.until("a leader", lambda: town.adapter.leads)
    second = town.replica("replica-2")
    second.start()
    await town.rest(30)
    assert (True, False) == (town.adapter.leads, second.leads)
    return second


async def _until_it_leads(town: Town, other: Replica, *, within: float) -> float:
    """Wait for the takeover, and see that never both work; returns how long it took."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    while not other.leads:
        assert loop.time() - begun < within
        await asyncio.sleep(0.05)
        assert not (town.adapter.leads and other.leads)
    return loop.time() - begun


async def test_who_waits_writes_nothing(town: Town) -> None:
    """One leads from the first moment; the other one asks for the Lease, and for nothing else."""
    await _second(town)
    town.server.requests.clear()
    town.rig()
    town.convoy("demo", bead(1))
    await town.workflow("demo-1")
    await town.rest(10)
    asked = {what for client, what in town.server.requests if client == "replica-2"}
    assert {f"GET /apis/coordination.k8s.io/v1/namespaces/{HOME}/leases/gastown-adapter"} == asked


async def test_a_leader_that_ends_hands_over(town: Town) -> None:
    """The Lease is given back, so the next one need not wait for it to run out."""
    second = await _second(town)
    town.rig()
    town.convoy("demo", bead(1))
    stopping = asyncio.create_task(town.adapter.stop())
    await _until_it_leads(town, second, within=4)
    assert await stopping
    await town.workflow("demo-1")
    assert "replica-2" == town.get("Lease", NAME)["spec"]["holderIdentity"]
    assert 2 == town.get("Lease", NAME)["spec"]["leaseTransitions"]


async def test_a_killed_leader_is_replaced_when_its_lease_has_run_out(town: Town) -> None:
    """Not before, as it may live and be slow; and within its duration and a try."""
    second = await _second(town)
    await town.adapter.kill()
    assert 8 < await _until_it_leads(town, second, within=13)


async def test_a_leader_that_is_cut_off_gives_up_before_another_begins(town: Town) -> None:
    """It ends by itself, so that whoever started it starts it anew; back again, it waits."""
    second = await _second(town)
    town.server.part("replica-1")
    await _until_it_leads(town, second, within=13)
    assert not await town.adapter.ended()
    town.adapter.start()
    await town.rest(30)
    assert (False, True) == (town.adapter.leads, second.leads)


async def test_a_lease_that_is_taken_away_is_not_held_on_to(town: Town) -> None:
    """A hand gives it to somebody else, who renews it: the leader gives up in its time."""
    await town.until("a leader", lambda: town.adapter.leads)
    for number in range(5):
        taken = {"holderIdentity": "somebody", "renewTime": f"2026-05-01T12:00:{10 + number}.000000Z"}
        town.patch("Lease", NAME, {"spec": taken})
        await town.rest(2)
    assert not await town.adapter.ended()
    assert "somebody" == town.get("Lease", NAME)["spec"]["holderIdentity"]


async def test_a_moment_without_an_answer_costs_no_lead(town: Town) -> None:
    """Two renewals in a row are refused or late; the third comes in time."""
    second = await _second(town)
    town.server.faults = [
        Fault("PUT", "leases", code=500, times=1),
        Fault("GET", "leases", code=429, times=1),
    ]
    await town.rest(60)
    assert (True, False) == (town.adapter.leads, second.leads)


async def test_the_first_of_two_that_begin_together_leads(town: Town) -> None:
    """Both find no Lease; one of them makes it."""
    await town.adapter.kill()
    if town.get("Lease", NAME):
        town.delete("Lease", NAME)
    both = [town.replica(f"twin-{number}") for number in (1, 2)]
    for each in both:
        each.start()
    for _ in range(100):
        await asyncio.sleep(0.1)
        assert sum(each.leads for each in both) <= 1
    assert [True, False] == sorted((each.leads for each in both), reverse=True)
