"""Forges: where a rig's issues and pull requests are, and which triggers each kind of forge can serve.

A self-hosted address does not tell which forge answers there, so the Rig says it. What a forge cannot report is refused
with the sentence why when the Rig is applied, instead of never happening.
"""

from typing import Annotated, Literal

from pydantic import Field

from crds import shapes
from crds.names import ObjectName
from crds.pods import Key
from crds.rules import Rule
from crds.wire import Wire

ForgeKind = Literal["github", "gitlab", "gitea", "forgejo", "bitbucket", "bitbucketServer"]

HOSTED = ("github", "gitlab", "bitbucket")
"""Kinds with one well-known address; the others run wherever somebody put them."""

FORGELESS = ("CloudEvent", "Schedule")
"""Events that no forge reports."""

REFUSED: dict[tuple[str, ...], tuple[str, tuple[str, ...]]] = {
    ("IssueOpened", "IssueLabelled", "Comment"): (
        "can't start work at Bitbucket Data Center by issues: it has none; use PullRequestComment, Push or CloudEvent",
        ("bitbucketServer",),
    ),
    ("CheckFailed",): (
        "can't be CheckFailed at Bitbucket Data Center: its webhooks do not report builds; have the build send a CloudEvent",
        ("bitbucketServer",),
    ),
    ("IssueLabelled",): (
        "can't be IssueLabelled at Bitbucket Cloud: its issues have no labels; use Comment with a command",
        ("bitbucket",),
    ),
    ("ChangesRequested",): (
        "can't be ChangesRequested at GitLab: its webhooks do not report such a review; use PullRequestComment with a command",
        ("gitlab",),
    ),
}
"""Events that some forges do not report: why, and which."""


class RigForge(Wire):
    """The forge that the rig's repository is on."""

    kind: ForgeKind
    """Which forge it is; bitbucket is Bitbucket Cloud, bitbucketServer Bitbucket Data Center."""

    api_url: Annotated[str, Field(max_length=2048, pattern=shapes.URL_OR_NONE.pattern)] = ""
    """The address of its API; may be absent for github.com, gitlab.com and bitbucket.org only."""

    repository: Annotated[str, Field(max_length=512, pattern=shapes.FORGE_REPOSITORY.pattern)]
    """The repository as the forge names it, such as owner/name."""

    web_url: Annotated[str, Field(max_length=2048, pattern=shapes.URL_OR_NONE.pattern)] = ""
    """The address for people, where links in comments lead; worked out from apiURL when absent."""

    rules = (
        Rule(
            cel=f"self.kind in {list(HOSTED)} || (has(self.apiURL) && self.apiURL != '')",
            message="must be given for a forge of one's own, such as https://git.example.com/api/v1",
            holds=lambda forge: forge.kind in HOSTED or bool(forge.api_url),
            field="apiURL",
        ),
    )


class WebhookSecretReference(Wire):
    """The secret that webhooks are signed with, in the namespace of gastown-events; two while it is changed."""

    name: ObjectName
    """The Secret's name."""

    key: Key = "webhook-secret"
    """The key whose value signs."""

    previous_key: Annotated[str, Field(max_length=253, pattern=shapes.KEY_OR_NONE.pattern)] = ""
    """A second key whose value is accepted too, while the forge is given the new one."""


def unserved(spec_forge: RigForge | None, event: str) -> str:
    """Why a forge cannot serve an event, empty where it can."""
    if spec_forge is not None:
        for events, (why, kinds) in REFUSED.items():
            if event in events and spec_forge.kind in kinds:
                return why
    return ""


def forge_rules() -> tuple[Rule, ...]:
    """For each thing that a forge lacks, the rule that no trigger asks for it."""
    return tuple(_served(events, why, kinds) for events, (why, kinds) in REFUSED.items())


def _served(events: tuple[str, ...], why: str, kinds: tuple[str, ...]) -> Rule:
    return Rule(
        cel=f"!has(self.forge) || !(self.forge.kind in {list(kinds)}) || !has(self.triggers)"
        f" || !self.triggers.exists(each, each.event in {list(events)})",
        message=why,
        holds=lambda spec: (
            spec.forge is None
            or spec.forge.kind not in kinds
            or not any(each.event in events for each in spec.triggers)
        ),
        field="triggers",
    )
