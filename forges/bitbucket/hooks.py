"""Webhooks on Bitbucket Cloud. They are shown to those who administer the repository."""

from collections.abc import Sequence
from dataclasses import dataclass

from forges.api import Api
from forges.bitbucket import shapes
from forges.bitbucket.shapes import lacking
from forges.errors import Unsupported
from forges.exchange import Call, failing
from forges.interface import Ability
from forges.model import Delivery, Hook, HookEvent

EVENTS = {
    HookEvent.ISSUES: ("issue:created", "issue:updated"),
    HookEvent.LABELS: (),
    HookEvent.COMMENTS: ("issue:comment_created",),
    HookEvent.PULLS: (
        "pullrequest:created",
        "pullrequest:updated",
        "pullrequest:fulfilled",
        "pullrequest:rejected",
    ),
    HookEvent.PULL_COMMENTS: ("pullrequest:comment_created",),
    HookEvent.REVIEWS: ("pullrequest:approved", "pullrequest:changes_request_created"),
    HookEvent.PUSH: ("repo:push",),
    HookEvent.STATUSES: ("repo:commit_status_created", "repo:commit_status_updated"),
}


@dataclass(frozen=True, slots=True)
class BitbucketHooks:
    """Webhooks of the repository."""

    api: Api

    def all(self) -> Call[tuple[Hook, ...]]:
        """All webhooks."""
        found = yield from self.api.all("hooks", pagelen=shapes.PAGE)
        return tuple(shapes.hook(each) for each in found)

    def register(self, url: str, *, secret: str, events: Sequence[HookEvent]) -> Call[Hook]:
        """Make it, or bring up to date the one with this address."""
        wanted = {
            "description": "Gas Town",
            "url": url,
            "active": True,
            "secret": secret,
            "events": [name for event in events for name in EVENTS[event]],
        }
        for there in (yield from self.all()):
            if there.url == url:
                return shapes.hook((yield from self.api.send("PUT", wanted, "hooks", there.id)))
        return shapes.hook((yield from self.api.send("POST", wanted, "hooks")))

    def remove(self, hook: Hook) -> Call[None]:
        """Delete it."""
        yield from self.api.delete("hooks", hook.id)

    def ping(self, hook: Hook) -> Call[None]:
        """There is none."""
        del hook
        return lacking(Ability.HOOK_PING)

    def deliveries(self, hook: Hook) -> Call[tuple[Delivery, ...]]:
        """Not told by the API."""
        del hook
        return failing(Unsupported(shapes.LACKS[Ability.HOOK_DELIVERIES]))
