"""Whatever order webhooks, redeliveries, polls, crashes and replicas come in: the same convoys, each once."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from events import deliveries
from events.inbox import Inbox
from events.slinging import Slinger
from events.stores.town import TownStore


class Killed(BaseException):
    """The process is gone."""


class Mortal(TownStore):
    """A store whose process dies right before or right after it makes the next convoy."""

    dies = ""

    async def create(self, convoy):
        """Make it, perhaps as the last thing."""
        if self.dies == "before":
            raise Killed
        made = await super().create(convoy)
        if self.dies == "after":
            raise Killed
        return made


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["first", "second", "third", "poll"]), st.sampled_from(["", "before", "after"])
    ),
    max_size=8,
)


@settings(max_examples=8, deadline=None)
@given(actions=ACTIONS)
def test_the_convoys_are_those_of_what_happened(fresh, actions):
    """A killed process loses what it knew; the next one begins anew, and a last poll makes up for all."""
    with tempfile.TemporaryDirectory() as root:
        town = fresh(Path(root))
        forge = town.forge
        forge.open("one")
        forge.open("two")
        sent = {"first": forge.label(1), "second": forge.comment(1, "/sling"), "third": forge.label(2)}
        for what, dies in (*actions, ("poll", "")):
            _act(town, sent.get(what), dies)
        sources = [town.spec(name)["source"] for name in town.convoys()]
        found = sorted((each["event"], each["number"]) for each in sources)
        assert found == [("Comment", 1), ("IssueLabelled", 1), ("IssueLabelled", 2)]
        town.local.store.close()


def _act(town, sent, dies):
    town.start()
    store = Mortal(town.local)
    store.dies = dies
    inbox = Inbox(store, town.connections, Slinger(store, town.clock), town.clock, town.after.append)

    async def run():
        rig = await store.rig("app")
        if sent is None:
            await inbox.repair(rig)
        else:
            await inbox.take(rig, deliveries.read("gitea", sent.headers, sent.body))

    try:
        asyncio.run(run())
    except Killed:
        return
