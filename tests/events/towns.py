"""A town on this machine with a rig on a forge without a wire, and all that takes events for it."""

import asyncio

from smallgitea import SECRET

from crds import Rig
from events import deliveries
from events.connections import Connections
from events.inbox import Inbox
from events.model import Ignored
from events.secrets import Secrets
from events.slinging import Slinger
from events.stores.town import TownStore
from workflows.local.home import Home
from workflows.local.town import LocalTown

TRIGGERS = (
    {"name": "labelled", "event": "IssueLabelled", "labels": ["gastown"]},
    {"name": "commanded", "event": "Comment", "command": "/sling"},
)


class Direct:
    """A transport without a wire."""

    def __init__(self, forge, token):
        self.forge, self.token = forge, token

    async def run(self, call):
        """What the call returns."""
        try:
            request = next(call)
            while True:
                request = call.send(self.forge.answer(request, self.token))
        except StopIteration as done:
            return done.value


class Town:
    """A town on this machine with a rig on the small forge, and all that takes events for it."""

    def __init__(self, root, on, clock, *, triggers=TRIGGERS, **spec):
        self.root, self.forge, self.clock = root, on, clock
        self.home = Home(root / "town")
        self.local = LocalTown(self.home, clock=clock)
        folder = self.home.secrets / "forge"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "token").write_text("bot")
        (folder / "webhook-secret").write_text(SECRET)
        self.local.store.put_resource(rig(triggers=triggers, **spec).manifest())
        refinery = {"kind": "Refinery", "metadata": {"name": "app-refinery"}, "spec": {"rigRef": "app"}}
        self.local.store.put_resource(refinery)
        self.after = []
        self.start()

    def start(self):
        """Begin anew, as a process does that was killed."""
        self.store = TownStore(self.local)
        self.secrets = Secrets(self.home.secrets)
        self.connections = Connections(lambda token: Direct(self.forge, token), self.secrets)
        self.inbox = Inbox(
            self.store, self.connections, Slinger(self.store, self.clock), self.clock, self.after.append
        )

    async def rig(self):
        """The rig."""
        return await self.store.rig("app")

    def take(self, *sent, kind="gitea"):
        """What becomes of these deliveries, in order."""

        async def run():
            found = []
            for each in sent:
                hints = deliveries.read(kind, each.headers, each.body)
                if not isinstance(hints, Ignored):
                    found += await self.inbox.take(await self.rig(), hints)
            return found

        return asyncio.run(run())

    def poll(self):
        """What becomes of all that the forge has now."""

        async def run():
            return await self.inbox.repair(await self.rig())

        return asyncio.run(run())

    def convoys(self):
        """The names of all convoys."""
        return set(self.local.store.names("Convoy"))

    def spec(self, name):
        """A convoy's spec."""
        return self.local.store.resource("Convoy", name)["spec"]


def rig(*, triggers=TRIGGERS, kind="gitea", **spec):
    """A rig on the small forge."""
    wanted = {
        "gitURL": "https://git.test/acme/app.git",
        "beadsPrefix": "ap",
        "agent": "custom",
        "agentConfig": {"command": ["sh", "agent.sh", "{prompt_file}"]},
        "forge": {"kind": kind, "apiURL": "https://git.test/api/v1", "repository": "acme/app"},
        "forgeTokenSecretRef": {"name": "forge", "key": "token"},
        "webhookSecretRef": {"name": "forge"},
        "triggers": list(triggers),
    }
    return Rig.model_validate({"metadata": {"name": "app"}, "spec": wanted | spec})
