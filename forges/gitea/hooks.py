"""Webhooks on Gitea. They are shown to those who administer the repository."""

from collections.abc import Sequence
from dataclasses import dataclass

from forges.api import Api
from forges.errors import Unsupported
from forges.exchange import Call, failing
from forges.gitea import shapes
from forges.githublike import shapes as githublike
from forges.model import Delivery, Hook, HookEvent

EVENTS = {
    HookEvent.ISSUES: ("issues",),
    HookEvent.LABELS: ("issue_label",),
    HookEvent.COMMENTS: ("issue_comment",),
    HookEvent.PULLS: ("pull_request", "pull_request_sync"),
    HookEvent.PULL_COMMENTS: ("pull_request_comment",),
    HookEvent.REVIEWS: ("pull_request_review",),
    HookEvent.PUSH: ("push",),
    HookEvent.STATUSES: ("status",),
}


@dataclass(frozen=True, slots=True)
class GiteaHooks:
    """Webhooks of the repository."""

    api: Api

    def all(self) -> Call[tuple[Hook, ...]]:
        """All webhooks."""
        found = yield from self.api.all("hooks", limit=shapes.PAGE)
        return tuple(githublike.hook(each) for each in found)

    def register(self, url: str, *, secret: str, events: Sequence[HookEvent]) -> Call[Hook]:
        """Make it, then take away those with this address: a change of one takes all but the secret (seen on 1.26)."""
        before = [each for each in (yield from self.all()) if each.url == url]
        wanted = {
            "type": "gitea",
            "active": True,
            "events": [name for event in events for name in EVENTS[event]],
            "config": {"url": url, "content_type": "json", "secret": secret},
        }
        made = githublike.hook((yield from self.api.send("POST", wanted, "hooks")))
        for each in before:
            yield from self.remove(each)
        return made

    def remove(self, hook: Hook) -> Call[None]:
        """Delete it."""
        yield from self.api.delete("hooks", hook.id)

    def ping(self, hook: Hook) -> Call[None]:
        """Gitea has no ping: it sends a push whose `before` equals its `after`."""
        yield from self.api.act("POST", None, "hooks", hook.id, "tests")

    def deliveries(self, hook: Hook) -> Call[tuple[Delivery, ...]]:
        """Not told by the API."""
        message = f"webhook {hook.id}: Gitea's API does not tell what was delivered; see the webhook's page"
        return failing(Unsupported(message))
