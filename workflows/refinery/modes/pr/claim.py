"""Who merges a pull request: forges may merge one twice when two ask at once, so a ref of the repository lets one ask.

Gitea 1.26 answered four merge calls at the same moment with four successes and put four commits on the base. The ref is
made only where it is not there, so one lander has it; one that was killed loses it once it stood still for TAKEN seconds, by the clock
of whoever waits.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

from workflows.steps.git import tags
from workflows.steps.git.identity import ident
from workflows.steps.git.remote import ABSENT, Remote, Update

TAKEN = 180.0
"""Seconds after which a claim counts as left behind: three times what the merge call of a live one may take."""

_LOOK = 1.0

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


def take(
    remote: Remote,
    ref: str,
    commit: str,
    *,
    holder: str,
    now: float,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> Claim | None:
    """Claim, or None where somebody else did who lives: then the pull request is to be looked at again. `commit` is any that is there.

    `holder` must be nobody else's: a push of the very same tag would be a success for both.
    """
    before = remote.refs(ref).get(ref, ABSENT)
    end = monotonic() + TAKEN
    while before and monotonic() < end:
        sleep(_LOOK)
        if remote.refs(ref).get(ref, ABSENT) != before:
            return None
    tagger = ident(holder, "refinery@gastown.io", int(now))
    tag = tags.make(remote.git, ref, commit, tagger, holder)
    answer = remote.push([Update(ref, tag, before)])
    return Claim(remote, ref, tag) if answer.accepted else None
