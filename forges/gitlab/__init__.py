"""GitLab, by its REST API v4. A pull request is a merge request there, with numbers and comments of its own."""

from collections.abc import Mapping

from forges.api import Api
from forges.gitlab.commits import GitLabAccounts, GitLabCommits
from forges.gitlab.hooks import GitLabHooks
from forges.gitlab.issues import GitLabIssues
from forges.gitlab.pulls import GitLabPulls
from forges.interface import Ability, Forge
from forges.model import ForgeKind

LACKS: Mapping[Ability, str] = {
    Ability.CONDITIONAL: "GitLab counts every request, also one whose answer has not changed.",
}


def connect(root: str, owner: str, name: str) -> Forge:
    """The project `owner/name` of the GitLab whose API is at `root`; the owner may be groups in groups."""
    site = Api(root=root)
    api = Api(root=site.url("projects", f"{owner}/{name}"))
    return Forge(
        kind=ForgeKind.GITLAB,
        accounts=GitLabAccounts(site=site, api=api),
        issues=GitLabIssues(api=api),
        hooks=GitLabHooks(api=api),
        commits=GitLabCommits(api=api),
        pulls=GitLabPulls(site=site, api=api),
        lacks=LACKS,
    )
