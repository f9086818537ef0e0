"""Webhooks on GitHub. They are shown to those who administer the repository."""

from collections.abc import Sequence
from dataclasses import dataclass

from forges.api import Api
from forges.exchange import Call
from forges.fields import listed
from forges.github import shapes
from forges.githublike import shapes as githublike
from forges.model import Delivery, Hook, HookEvent

EVENTS = {
    HookEvent.ISSUES: ("issues",),
    HookEvent.LABELS: ("issues",),
    HookEvent.COMMENTS: ("issue_comment",),
    HookEvent.PULLS: ("pull_request",),
    HookEvent.PULL_COMMENTS: ("issue_comment",),
    HookEvent.REVIEWS: ("pull_request_review",),
    HookEvent.PUSH: ("push",),
    HookEvent.STATUSES: ("status", "check_run"),
}


@dataclass(frozen=True, slots=True)
class GitHubHooks:
    """Webhooks of the repository."""

    api: Api

    def all(self) -> Call[tuple[Hook, ...]]:
        """All webhooks."""
        found = yield from self.api.all("hooks", per_page=shapes.PAGE)
        return tuple(githublike.hook(each) for each in found)

    def register(self, url: str, *, secret: str, events: Sequence[HookEvent]) -> Call[Hook]:
        """Make it, or bring up to date the one with this address."""
        wanted = {
            "active": True,
            "events": sorted({name for event in events for name in EVENTS[event]}),
            "config": {"url": url, "content_type": "json", "secret": secret, "insecure_ssl": "0"},
        }
        for there in (yield from self.all()):
            if there.url == url:
                return githublike.hook((yield from self.api.send("PATCH", wanted, "hooks", there.id)))
        return githublike.hook((yield from self.api.send("POST", {"name": "web", **wanted}, "hooks")))

    def remove(self, hook: Hook) -> Call[None]:
        """Delete it."""
        yield from self.api.delete("hooks", hook.id)

    def ping(self, hook: Hook) -> Call[None]:
        """Have it sent a `ping`."""
        yield from self.api.act("POST", None, "hooks", hook.id, "pings")

    def deliveries(self, hook: Hook) -> Call[tuple[Delivery, ...]]:
        """The newest page of what was sent in the last three days."""
        content = yield from self.api.get_json("hooks", hook.id, "deliveries", per_page=shapes.PAGE)
        return tuple(shapes.delivery(each) for each in listed(content, where="deliveries"))
