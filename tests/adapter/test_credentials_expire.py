"""Credentials that expire while convoys work: their Workflows are suspended once, and resumed when somebody stamps that they were renewed."""

from playtown import MERGED, WORKING, Bead, Town, bead, condition

EXPIRED = Bead(work="Failed", told={"reason": "CredentialsExpired"}, again=True)
HELD = ("True", "CredentialsHeld")
REFUSED = ("True", "CredentialsRefused")
NOTHING = ("", "")


def _suspended(town: Town, name: str) -> bool:
    return bool(town.get("Workflow", name)["spec"].get("suspend"))


def _renew(town: Town) -> None:
    if town.get("ConfigMap", "gastown-auth"):
        town.delete("ConfigMap", "gastown-auth")
    metadata = {"name": "gastown-auth"}
    data = {"sha256": "1234", "time": town.time}
    town.put({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


def _told(town: Town, kind: str, name: str) -> tuple[str, str]:
    return condition(town.status(kind, name), "CredentialsExpired")


async def test_a_refusal_holds_the_rigs_convoys_until_the_next_sync(town: Town) -> None:
    """No bead fails. A neighbour with the same credentials waits, one with an agent of its own works on."""
    town.rig()
    town.convoy("demo", bead(1), bead(2))
    town.convoy("next", bead(3))
    town.convoy("other", bead(4), agent="codex")
    for name in ("demo-1", "next-1", "other-1"):
        await town.workflow(name)
    await town.rest()
    town.show("demo-1", ap_1=EXPIRED, ap_2=MERGED)
    await town.until("the hold", lambda: _suspended(town, "demo-1") and _suspended(town, "next-1"))
    await town.rest()
    assert not _suspended(town, "other-1")
    assert (REFUSED, HELD) == (_told(town, "Convoy", "demo"), _told(town, "Convoy", "next"))
    assert (REFUSED, NOTHING) == (_told(town, "Rig", "ap"), _told(town, "Convoy", "other"))
    assert [] == town.status("Convoy", "demo").get("failedBeads", [])
    assert "Idle" == town.phases()["ap-1"]
    town.convoy("late", bead(5))
    await town.until("its hold", lambda: _told(town, "Convoy", "late") == HELD)
    assert "late-1" not in [each["metadata"]["name"] for each in town.all("Workflow")]

    await town.rest(60)
    _renew(town)
    await town.until("the end of the hold", lambda: not _suspended(town, "demo-1"))
    await town.workflow("late-1")
    await town.until("the rig", lambda: _told(town, "Rig", "ap") == NOTHING)
    await town.rest()
    assert not _suspended(town, "next-1")

    await town.rest(60)
    town.show("demo-1", ap_1=EXPIRED, ap_2=MERGED)
    await town.until("another hold", lambda: _suspended(town, "demo-1"))


async def test_a_person_who_suspends_a_convoy_is_not_overruled(town: Town) -> None:
    """Renewed credentials resume what they held, and nothing that somebody wants suspended."""
    town.rig()
    town.convoy("demo", bead(1))
    await town.workflow("demo-1")
    town.show("demo-1", ap_1=EXPIRED)
    await town.until("the hold", lambda: _suspended(town, "demo-1"))
    town.patch("Convoy", "demo", {"spec": {"suspend": True}})
    await town.rest(60)
    _renew(town)
    await town.rest(60)
    assert _suspended(town, "demo-1")
    town.patch("Convoy", "demo", {"spec": {"suspend": False}})
    await town.until("both", lambda: not _suspended(town, "demo-1"))
    town.show("demo-1", ap_1=WORKING)


async def test_a_polecat_by_hand_waits_as_well(town: Town) -> None:
    """Its Workflow is suspended, and goes on after the sync."""
    town.rig()
    town.make("Polecat", "nux", {"rig": "ap", "desiredState": "Working", "beadID": "ap-9"})
    name = (await town.workflow("polecat-nux-1"))["metadata"]["name"]
    town.show(name, ap_9=EXPIRED)
    await town.until("the hold", lambda: _suspended(town, name))
    assert "AuthFailed" == town.status("Polecat", "nux")["reason"]
    await town.rest(60)
    _renew(town)
    await town.until("the end of the hold", lambda: not _suspended(town, name))
