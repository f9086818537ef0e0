"""The merge queues of a rig, read from its repository with the user's own git."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from workflows import refs
from workflows.errors import Unavailable
from workflows.local.repositories.inspection import fetch_heads, git, scratch
from workflows.refinery.queue.marks import Lease, Results
from workflows.refinery.queue.rows import rows
from workflows.refinery.queue.standing import TargetQueue
from workflows.refinery.queue.store import asked, queued
from workflows.steps.claim import Holder

_KINDS = ("queue", "asks", "lease", "results", "claim")


def queues(url: str) -> tuple[TargetQueue, ...]:
    """The queue of every target that has entries. Raises Unavailable."""
    # A shallow fetch of patterns that nothing matches ends with 1 and says nothing.
    if not git("ls-remote", "--", url, f"{refs.ROOT}/queue/*", url=url):
        return ()
    with scratch(url) as repository:
        wanted = [f"+{refs.ROOT}/{kind}/*:{refs.ROOT}/{kind}/*" for kind in _KINDS]
        fetch_heads(url, repository, *wanted)
        found = rows(partial(git, url=url, repository=repository), refs.ROOT)
        targets = sorted({target for ref in found if (target := refs.target_of(ref))})
        return tuple(_queue(target, found, url, repository) for target in targets)


def take_out(url: str, target: str, bead: str, *, tag: str) -> str:
    """Take one entry out, if it is still this tag, and tell where its work is. What no branch holds is kept by a ref.

    Raises Unavailable, also where the entry has changed.
    """
    ref = refs.queue(target, bead)
    with scratch(url) as repository:
        fetch_heads(url, repository, f"+{ref}:{ref}")
        told = rows(partial(git, url=url, repository=repository), ref)
        entry = next(iter(queued(told, target)), None)
        sha = entry.sha if entry else tag
        branch = entry.entry.branch if entry else ""
        there = git("ls-remote", "--", url, refs.head(branch), url=url).partition("\t")[0] if branch else ""
        kept = refs.kept(bead, sha[:12])
        keep = [] if there == sha else [f"{sha}:{kept}"]
        lease = f"--force-with-lease={ref}:{tag}"
        git("push", "--quiet", "--atomic", lease, "--", url, f":{ref}", *keep, url=url, repository=repository)
    return f"at {kept}" if keep else f"on branch {branch}"


def _queue(target: str, found: Mapping[str, Sequence[str]], url: str, repository: Path) -> TargetQueue:
    entries, lease = queued(found, target), found.get(refs.lease(target))
    results = found.get(refs.results(target))
    known = Results.load(results[-1]) if results else Results()
    # What gates found is kept on the head that they ran on: it says nothing of a later one.
    judged = results[2] if results and any(each.red for each in known.runs) else ""
    return TargetQueue(
        target=target,
        queue=entries,
        asks=asked(found, target),
        lease=Lease.load(lease[-1]) if lease else None,
        tree=_tree(url, target, judged, repository) if judged else "",
        results=known,
        claims={
            each.bead: holder.told()
            for each in entries
            if (row := found.get(refs.claim(each.bead))) and (holder := _holder(row[1], url, repository))
        },
    )


def _tree(url: str, target: str, judged: str, repository: Path) -> str:
    head = git("ls-remote", "--", url, refs.head(target), url=url).partition("\t")[0]
    if head != judged:
        return ""
    return git("log", "-1", "--format=%T", judged, url=url, repository=repository).strip()


def _holder(claim: str, url: str, repository: Path) -> Holder | None:
    try:
        return Holder.read(partial(git, url=url, repository=repository), claim)
    except Unavailable:
        return None
