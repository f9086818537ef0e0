"""Credentials that expire while a convoy works hold its rig's beads: none fails, and all go on once somebody renewed them."""

import collections

from workflows.exits import Reason

BEADS = {"b0": [], "b1": []} | {f"b{number}": [f"b{number % 2}"] for number in range(2, 10)}
AGENT = """
echo "$GASTOWN_BEAD" >> {root}/calls
case "$GASTOWN_BEAD" in b2) [ -e {root}/renewed ] || touch {root}/expired;; esac
[ -e {root}/expired ] && {{ echo 'OAuth token has expired'; exit 20; }}
echo "$GASTOWN_BEAD" > "$GASTOWN_BEAD.txt" && git add -A && git commit -qm "Do $GASTOWN_BEAD"
"""


def _waits(town):
    return [
        each for each in town.local.rigs.get("app").status.conditions if each.type == "CredentialsExpired"
    ]


def test_a_convoy_of_ten_waits_for_its_credentials(town):
    """The rig says so once, outward too; after the next sync all are merged, and no agent was started more than twice."""
    town.rig(settings={"maxPolecats": 3})
    town.convoy(BEADS, AGENT.format(root=town.root))
    town.until(lambda: _waits(town), 120)
    town.until(lambda: all(stage != "Working" for stage, _ in town.ends().values()), 120)

    assert () == town.status().failed_beads
    waiting = {each.bead: each.reason for each in town.status().waiting}
    assert "custom: OAuth token has expired; log in or correct its key" in waiting["b2"]
    assert [("True", "Refused")] == [(each.status, each.reason) for each in _waits(town)]
    assert _waits(town) == list(town.local.rigs.listening()[0].status.conditions)

    town.until(lambda: ["the watch"] == town.running())

    (town.root / "renewed").touch()
    (town.root / "expired").unlink()
    assert ("c",) == town.local.convoys.renewed()
    status = town.wait(seconds=120)

    assert ("Complete", "10/10") == (status.phase, status.progress), town.ends()
    calls = collections.Counter((town.root / "calls").read_text().split())
    assert set(BEADS) == set(calls)
    assert 2 == max(calls.values()), calls
    assert [] == _waits(town)


def test_a_refusal_from_before_the_sync_holds_nothing(town):
    """An agent that began with the old credentials, and ends after they were renewed, is tried with the new ones."""
    logins, clock = town.logins, town.local.convoys.clock
    began = clock()
    logins.synced(clock())

    logins.refused("app", "custom", began=began, message="expired")

    assert not logins.expired("app", "custom")
    logins.refused("app", "custom", began=clock(), message="expired")
    assert logins.expired("app", "custom")
    assert not logins.expired("app", "codex")
    assert Reason.CREDENTIALS_EXPIRED.delay
