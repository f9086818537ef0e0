"""The difference that a polecat's branch makes, asked of a rig's repository."""

from pathlib import Path

from workflows.errors import Missing
from workflows.local.repositories.inspection import git


def difference(url: str, base: str, branch: str, *, cache: Path, stat: bool = False) -> str:
    """The diff of a branch against where it left the base branch, as git writes it; `stat` for the summary only.

    Raises Missing where the branch is not there, Unavailable.
    """
    if not git("ls-remote", "--heads", "--", url, f"refs/heads/{branch}", url=url).strip():
        raise Missing(
            f"branch {branch}: the repository {url} has none; nothing was published yet, or it was merged"
        )
    repository = cache / "differences.git"
    git("init", "--quiet", "--bare", str(repository), url=url)
    wanted = (f"+refs/heads/{base}:refs/heads/base", f"+refs/heads/{branch}:refs/heads/work")
    git("fetch", "--quiet", "--no-tags", "--", url, *wanted, url=url, repository=repository)
    form = ("--stat",) if stat else ()
    return git(
        "diff",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        *form,
        "base...work",
        "--",
        url=url,
        repository=repository,
    )
