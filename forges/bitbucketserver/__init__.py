"""Bitbucket Data Center (Server), by its REST API 1.0. It has no issues: only pull requests and pushes."""

from forges.api import Api
from forges.bitbucketserver.commits import ServerAccounts, ServerCommits
from forges.bitbucketserver.hooks import ServerHooks
from forges.bitbucketserver.issues import ServerIssues
from forges.bitbucketserver.pulls import ServerPulls
from forges.bitbucketserver.shapes import LACKS, following
from forges.interface import Forge
from forges.model import ForgeKind

__all__ = ["LACKS", "connect"]


def connect(root: str, owner: str, name: str) -> Forge:
    """The repository `owner/name` (project key and slug) of the server whose API is at `root`."""
    site = Api(root=root, next=following, values="values")
    api = Api(root=site.url("projects", owner, "repos", name), next=following, values="values")
    page = f"{root.removesuffix('/rest/api/1.0')}/projects/{owner}/repos/{name}"
    return Forge(
        kind=ForgeKind.BITBUCKET_SERVER,
        accounts=ServerAccounts(site=site, project=owner, slug=name),
        issues=ServerIssues(api=api),
        hooks=ServerHooks(api=api),
        commits=ServerCommits(api=api, site=site, page=page),
        pulls=ServerPulls(api=api),
        lacks=LACKS,
    )
