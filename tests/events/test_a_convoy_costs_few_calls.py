"""What one convoy of an event costs the forge, from the label to the comment that says that it is merged."""

import asyncio
import datetime

from crds import Convoy
from events.answers.writer import Writer
from events.stores.town import TownStore

CALLS = 10
"""The most that a convoy may cost where work is pushed, its rig's polls apart."""

CONNECTING = 2
"""Who am I, and which repository: once for each start of gastown-events."""

BEGUN = datetime.datetime(2026, 11, 1, 10, tzinfo=datetime.UTC)
LIFE = (
    {"phase": "Pending"},
    {"phase": "InProgress", "startedAt": BEGUN},
    {"phase": "InProgress", "startedAt": BEGUN, "costUSD": 0.5},
    {"phase": "Complete", "startedAt": BEGUN, "completedAt": BEGUN, "mergedBeads": ["x"], "costUSD": 0.5},
)


class Living(TownStore):
    """A town whose convoys go the way of all convoys."""

    now = 0

    async def convoy(self, name):
        """As far as it is."""
        found = await super().convoy(name)
        return Convoy.model_validate(found.manifest() | {"status": LIFE[self.now]})


def test_from_the_label_to_the_merge(town, forge):
    """However often somebody looks whether there is something to tell."""
    forge.open()
    town.take(forge.label(1))
    town.store.__class__ = Living
    writer = Writer(town.store, town.connections)

    async def live():
        rig = await town.rig()
        for decision in town.after:
            await writer.decided(
                rig, next(each for each in rig.spec.triggers if each.name == decision.trigger), decision
            )
        for town.store.now in range(len(LIFE)):
            for _ in range(5):
                await writer.tell(rig)

    asyncio.run(live())
    assert 1 == len(forge.on(1))
    assert "**Merged**" in forge.on(1)[0]["body"]
    assert "cost: $0.50" in forge.on(1)[0]["body"]
    assert len(forge.asked) - CONNECTING <= CALLS, forge.asked
