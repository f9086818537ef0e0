"""Bitbucket Cloud, by its REST API 2.0."""

from forges.api import Api
from forges.bitbucket.commits import BitbucketAccounts, BitbucketCommits
from forges.bitbucket.hooks import BitbucketHooks
from forges.bitbucket.issues import BitbucketIssues
from forges.bitbucket.pulls import BitbucketPulls
from forges.bitbucket.shapes import LACKS, following
from forges.interface import Forge
from forges.model import ForgeKind

__all__ = ["LACKS", "connect"]


def connect(root: str, owner: str, name: str) -> Forge:
    """The repository `owner/name` (workspace and slug) of Bitbucket Cloud."""
    site = Api(root=root, next=following, values="values")
    api = Api(root=site.url("repositories", owner, name), next=following, values="values")
    return Forge(
        kind=ForgeKind.BITBUCKET,
        accounts=BitbucketAccounts(site=site, workspace=owner, slug=name),
        issues=BitbucketIssues(api=api),
        hooks=BitbucketHooks(api=api),
        commits=BitbucketCommits(api=api, page=f"https://bitbucket.org/{owner}/{name}"),
        pulls=BitbucketPulls(api=api),
        lacks=LACKS,
    )
