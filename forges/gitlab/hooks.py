"""Webhooks on GitLab. They are shown to maintainers."""

from collections.abc import Sequence
from dataclasses import dataclass

from forges.api import Api
from forges.exchange import Call
from forges.fields import listed
from forges.gitlab import shapes
from forges.model import Delivery, Hook, HookEvent

EVENTS = {
    HookEvent.ISSUES: "issues_events",
    HookEvent.LABELS: "issues_events",
    HookEvent.COMMENTS: "note_events",
    HookEvent.PULLS: "merge_requests_events",
    HookEvent.PULL_COMMENTS: "note_events",
    HookEvent.REVIEWS: "merge_requests_events",
    HookEvent.PUSH: "push_events",
    HookEvent.STATUSES: "pipeline_events",
}


@dataclass(frozen=True, slots=True)
class GitLabHooks:
    """Webhooks of the project."""

    api: Api

    def all(self) -> Call[tuple[Hook, ...]]:
        """All webhooks."""
        found = yield from self.api.all("hooks", per_page=shapes.PAGE)
        return tuple(shapes.hook(each) for each in found)

    def register(self, url: str, *, secret: str, events: Sequence[HookEvent]) -> Call[Hook]:
        """Make it, or bring up to date the one with this address. The secret comes back as `X-Gitlab-Token`."""
        wanted: dict[str, object] = {"url": url, "token": secret, "enable_ssl_verification": True}
        chosen = {EVENTS[event] for event in events}
        wanted |= {name: name in chosen for name in EVENTS.values()}
        for there in (yield from self.all()):
            if there.url == url:
                return shapes.hook((yield from self.api.send("PUT", wanted, "hooks", there.id)))
        return shapes.hook((yield from self.api.send("POST", wanted, "hooks")))

    def remove(self, hook: Hook) -> Call[None]:
        """Delete it."""
        yield from self.api.delete("hooks", hook.id)

    def ping(self, hook: Hook) -> Call[None]:
        """GitLab has no ping: it sends an event of the kind that is named, made from the project's last one."""
        kind = "push_events" if "push_events" in hook.events else min(hook.events, default="push_events")
        yield from self.api.act("POST", None, "hooks", hook.id, "test", kind)

    def deliveries(self, hook: Hook) -> Call[tuple[Delivery, ...]]:
        """The newest page of what was sent in the last seven days."""
        content = yield from self.api.get_json("hooks", hook.id, "events", per_page=20)
        return tuple(shapes.delivery(each) for each in listed(content, where="hook events"))
