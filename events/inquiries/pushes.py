"""Pushes: the branch and the commit, and the beads that the commit has."""

import datetime

from events.deliveries.parts import ours
from events.inquiries.scope import Scope
from events.model import Hint, Occurrence, Text
from forges.exchange import Call
from forges.model import NOBODY, Account, Sha
from workflows.beads import parse_beads
from workflows.errors import BeadsUnreadable
from workflows.readiness import ready


def pushed(scope: Scope, hint: Hint, *, now: datetime.datetime) -> tuple[Occurrence, ...]:
    """The push of a delivery. Our own are left out: a merge must not sling the next one."""
    if hint.ours or hint.sender.id == scope.me.id:
        return ()
    return (_push(scope, hint.branch, hint.sha, now=now, files=hint.files(), sender=hint.sender),)


def head(scope: Scope, *, now: datetime.datetime) -> Call[tuple[Occurrence, ...]]:
    """The base branch as it is now; whether the commit is ours stands in its message."""
    branch = yield from scope.forge.commits.branch(scope.rig.spec.base_branch)
    commit = yield from scope.forge.commits.commit(branch.sha)
    if ours([commit.message]) or commit.author.id == scope.me.id:
        return ()
    return (_push(scope, branch.name, branch.sha, now=min(now, commit.at), files=None, sender=NOBODY),)


def _push(
    scope: Scope,
    branch: str,
    sha: Sha,
    *,
    now: datetime.datetime,
    files: tuple[str, ...] | None,
    sender: Account,
) -> Occurrence:
    return Occurrence(
        event="Push",
        object=f"{branch}@{sha}",
        at=now,
        repository=scope.repository,
        sender=sender,
        text=Text(f"Push to {branch}", ""),
        branch=branch,
        sha=sha,
        files=files,
    )


def ready_beads(
    scope: Scope, occurrence: Occurrence, *, taken: frozenset[str], now: datetime.datetime
) -> Call[tuple[str, ...]]:
    """The beads that are ready at the commit and that no convoy has, most urgent first."""
    raw = yield from scope.forge.commits.file(scope.rig.spec.beads_path, occurrence.sha)
    if raw is None:
        return ()
    try:
        beads = parse_beads(
            raw.decode("utf-8"), source=f"{scope.rig.spec.beads_path} at {occurrence.sha[:12]}"
        )
    except UnicodeDecodeError as error:
        raise BeadsUnreadable(scope.rig.spec.beads_path, None, "is not UTF-8") from error
    return tuple(str(each.id) for each in ready(beads, now=now) if each.id not in taken)
