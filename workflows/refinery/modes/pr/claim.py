"""Who merges a pull request: forges may merge one twice when two ask at once, so a ref of the repository lets one ask.

Gitea 1.26 answered four merge calls at the same moment with four successes and put four commits on the base. The ref is
made only where it is not there, so one lander has it; one that was killed loses it after TAKEN seconds.
"""

from typing import NamedTuple

from workflows.steps.errors import GitFailed
from workflows.steps.git import tags
from workflows.steps.git.identity import ident
from workflows.steps.git.remote import ABSENT, Remote, Update

TAKEN = 180.0
"""Seconds after which a claim counts as left behind: three times what the merge call of a live one may take."""

MERGE_WITHIN = 60.0
"""Seconds after the claim in which the merge call must be begun."""


class Claim(NamedTuple):
    """The right to merge one pull request; `tag` is what the ref holds for us."""

    remote: Remote
    ref: str
    tag: str

    def leave(self) -> None:
        """Give it back, unless somebody has taken it over."""
        self.remote.push([Update(self.ref, ABSENT, self.tag)])


def take(remote: Remote, ref: str, commit: str, *, holder: str, now: float) -> Claim | None:
    """Claim, or None while somebody else lives who has. `commit` is any commit that the repository has.

    `holder` must be nobody else's: a push of the very same tag would be a success for both.
    """
    before = remote.refs(ref).get(ref, ABSENT)
    if before and now - _since(remote, ref) < TAKEN:
        return None
    tagger = ident(holder, "refinery@gastown.io", int(now))
    tag = tags.make(remote.git, ref, commit, tagger, holder)
    answer = remote.push([Update(ref, tag, before)])
    return Claim(remote, ref, tag) if answer.accepted else None


def _since(remote: Remote, ref: str) -> float:
    """When the claim was taken; at the beginning of time for one that cannot be read or is gone by now."""
    try:
        remote.git.run("fetch", "--quiet", "--no-tags", "--", remote.url, f"+{ref}:{ref}")
        return float(remote.git.run("for-each-ref", "--format=%(taggerdate:unix)", ref).strip() or 0)
    except (GitFailed, ValueError):
        return 0.0
