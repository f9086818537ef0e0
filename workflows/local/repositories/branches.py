"""The branches of a rig's repository that people have worked on."""

import dataclasses

from workflows import refs
from workflows.errors import Missing
from workflows.local.repositories.inspection import fetch_heads, git, scratch


@dataclasses.dataclass(frozen=True, slots=True)
class Head:
    """The last commit of a branch, and the first line of its message."""

    sha: str
    subject: str


def branch_head(url: str, branch: str) -> Head:
    """The head of a branch. Raises Missing where the repository has none of the name, Unavailable."""
    ref = refs.head(branch)
    told = git("ls-remote", "--heads", "--", url, ref, url=url).splitlines()
    sha = next((line.partition("\t")[0] for line in told if line.endswith(f"\t{ref}")), "")
    if not sha:
        raise Missing(f"branch {branch}: the repository {url} has none; push it first")
    return Head(sha, subject_of(url, ref))


def subject_of(url: str, ref: str) -> str:
    """The first line of the message of a ref's commit. Raises Unavailable."""
    with scratch(url) as repository:
        fetch_heads(url, repository, f"+{ref}:refs/asked")
        return git("log", "-1", "--format=%s", "refs/asked", url=url, repository=repository).strip()
