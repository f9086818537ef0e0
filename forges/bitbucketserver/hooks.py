"""Webhooks on Bitbucket Data Center. They are shown to those who administer the repository."""

from collections.abc import Sequence
from dataclasses import dataclass

from forges.api import Api
from forges.bitbucketserver import shapes
from forges.exchange import Call
from forges.fields import Fields
from forges.model import Delivery, Hook, HookEvent

EVENTS = {
    HookEvent.ISSUES: (),
    HookEvent.LABELS: (),
    HookEvent.COMMENTS: (),
    HookEvent.PULLS: ("pr:opened", "pr:from_ref_updated", "pr:merged", "pr:declined", "pr:deleted"),
    HookEvent.PULL_COMMENTS: ("pr:comment:added",),
    HookEvent.REVIEWS: ("pr:reviewer:approved", "pr:reviewer:needs_work"),
    HookEvent.PUSH: ("repo:refs_changed",),
    HookEvent.STATUSES: (),
}


@dataclass(frozen=True, slots=True)
class ServerHooks:
    """Webhooks of the repository."""

    api: Api

    def all(self) -> Call[tuple[Hook, ...]]:
        """All webhooks."""
        found = yield from self.api.all("webhooks", limit=shapes.PAGE)
        return tuple(shapes.hook(each) for each in found)

    def register(self, url: str, *, secret: str, events: Sequence[HookEvent]) -> Call[Hook]:
        """Make it, or bring up to date the one with this address."""
        wanted = {
            "name": "Gas Town",
            "url": url,
            "active": True,
            "events": [name for event in events for name in EVENTS[event]],
            "configuration": {"secret": secret},
        }
        for there in (yield from self.all()):
            if there.url == url:
                return shapes.hook((yield from self.api.send("PUT", wanted, "webhooks", there.id)))
        return shapes.hook((yield from self.api.send("POST", wanted, "webhooks")))

    def remove(self, hook: Hook) -> Call[None]:
        """Delete it."""
        yield from self.api.delete("webhooks", hook.id)

    def ping(self, hook: Hook) -> Call[None]:
        """Have it sent `diagnostics:ping`."""
        yield from self.api.act("POST", {}, "webhooks", "test", webhookId=hook.id, url=hook.url)

    def deliveries(self, hook: Hook) -> Call[tuple[Delivery, ...]]:
        """The last one; more is not told. None was sent where the answer is empty."""
        content = yield from self.api.get_json("webhooks", hook.id, "latest")
        if content is None:
            return ()
        fields = Fields(content, where="latest delivery")
        result = fields.inner("result")
        status = result.text("description", "")
        return (
            Delivery(
                id=fields.key("id"),
                event=fields.text("event", ""),
                at=fields.milliseconds("finish"),
                status=int(status) if status.isascii() and status.isdecimal() and len(status) == 3 else 0,
            ),
        )
