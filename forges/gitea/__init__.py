"""Gitea, by its REST API v1. Run for real by `make test-forge`."""

from collections.abc import Mapping

from forges.api import Api
from forges.gitea.commits import GiteaAccounts, GiteaCommits
from forges.gitea.hooks import GiteaHooks
from forges.gitea.issues import GiteaIssues
from forges.gitea.pulls import GiteaPulls
from forges.interface import Ability, Forge
from forges.model import ForgeKind

LACKS: Mapping[Ability, str] = {
    Ability.HOOK_DELIVERIES: "Gitea's API does not tell what its webhooks delivered; see the webhook's page.",
    Ability.MERGE_QUEUE: (
        "Gitea's scheduled merge takes commits that were pushed after it was scheduled, so it is not used; "
        "the refinery merges by itself."
    ),
    Ability.CONDITIONAL: "Gitea sends no ETag, so that an unchanged answer costs as much as a new one.",
}


def connect(root: str, owner: str, name: str) -> Forge:
    """The repository `owner/name` of the Gitea whose API is at `root`."""
    site = Api(root=root)
    api = Api(root=site.url("repos", owner, name))
    return Forge(
        kind=ForgeKind.GITEA,
        accounts=GiteaAccounts(site=site, api=api),
        issues=GiteaIssues(api=api),
        hooks=GiteaHooks(api=api),
        commits=GiteaCommits(api=api),
        pulls=GiteaPulls(api=api),
        lacks=LACKS,
    )
