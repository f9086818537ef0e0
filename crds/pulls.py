"""How a refinery of mode pr hands work over: what its pull requests look like, and what they wait for."""

from typing import Annotated, Literal

from pydantic import Field

from crds.names import Word
from crds.wire import Wire

MergeMethod = Literal["merge", "squash", "rebase"]


class PullRequests(Wire):
    """The pull requests (merge requests) of mode pr. The forge's own rules hold in any case; none is bypassed."""

    draft: bool = False
    """Open them as drafts: a person marks each as ready."""

    reviewers: Annotated[tuple[Word, ...], Field(max_length=15)] = ()
    """Accounts that are asked for a review, as the forge spells them; org/team for a team on GitHub."""

    labels: Annotated[tuple[Word, ...], Field(max_length=32)] = ()
    """Labels that they get; they must exist on Gitea and Forgejo."""

    method: MergeMethod | None = None
    """How the forge merges them; as style says when absent."""

    wait: Literal["Checks", "Review", "Person"] = "Checks"
    """What is waited for beside the forge's rules: Checks until all checks are green, Review for an approval too, Person
    until a person merges it.
    """

    forge_queue: bool = False
    """Hand them to the forge's own merge queue, where the branch has one that keeps to the commit that was looked at."""

    status_context: Annotated[str, Field(min_length=1, max_length=64)] = "gastown/gates"
    """The name of the status that says how the gates stand."""
