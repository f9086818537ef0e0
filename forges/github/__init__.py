"""GitHub and GitHub Enterprise Server, by REST of 2022-11-28 and, where REST has no word for it, GraphQL."""

from collections.abc import Mapping

from forges.api import Api
from forges.github.commits import GitHubAccounts, GitHubCommits
from forges.github.graph import Graph
from forges.github.hooks import GitHubHooks
from forges.github.issues import GitHubIssues
from forges.github.pulls import GitHubPulls
from forges.interface import Ability, Forge
from forges.model import ForgeKind

LACKS: Mapping[Ability, str] = {}
HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


def connect(root: str, owner: str, name: str) -> Forge:
    """The repository `owner/name` of the GitHub whose API is at `root`."""
    site = Api(root=root, headers=HEADERS)
    api = Api(root=site.url("repos", owner, name), headers=HEADERS)
    # https://api.github.com has it below its root, a server of one's own beside /api/v3.
    graph = Graph(api=Api(root=root.removesuffix("/v3"), headers=HEADERS), owner=owner, name=name)
    return Forge(
        kind=ForgeKind.GITHUB,
        accounts=GitHubAccounts(site=site, api=api),
        issues=GitHubIssues(api=api),
        hooks=GitHubHooks(api=api),
        commits=GitHubCommits(api=api),
        pulls=GitHubPulls(api=api, owner=owner, graph=graph),
        lacks=LACKS,
    )
