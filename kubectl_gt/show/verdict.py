"""How something ended, as pytest would tell it: what went well as a count, each failure whole, and what to do about it."""

import datetime
from collections.abc import Iterator

import click

from kubectl_gt.exits import Exit
from kubectl_gt.show import console, table
from kubectl_gt.show.columns import dollars, short
from kubectl_gt.show.nextstep import next_step, resumes
from kubectl_gt.show.snapshot import Outcome, Row, Snapshot
from kubectl_gt.town import LogRequest, Town
from workflows.clean import plain
from workflows.errors import WorkflowsError
from workflows.observe import Stage
from workflows.observe.reasons import DEPENDENCY_FAILED

WORDS = 5
"""Last lines of an agent's output that a failure shows."""


def verdict(town: Town, snapshot: Snapshot, *, program: str, now: datetime.datetime) -> Exit:
    """Say how it ended, and what to do about it; the exit code for it."""
    name = f"{snapshot.kind} {snapshot.name}"
    took = table.clock(snapshot.elapsed(now))
    cost = f", {dollars(snapshot.cost)}" if snapshot.cost else ""
    if snapshot.outcome is Outcome.GOOD:
        click.echo(f"{name}: {snapshot.phase}, {snapshot.done}/{len(snapshot.rows)} in {took}{cost}")
        return Exit.OK
    for line in failures(town, snapshot, program):
        console.say(line, err=True)
    if snapshot.held:
        click.echo(f"{name}: {counts(snapshot)}, {len(snapshot.held)} held in {took}{cost}")
        for row in snapshot.held:
            console.say(f"  next: {next_step(row, convoy=snapshot.name, program=program)}", err=True)
        return Exit.OK
    resume = f"; go on with `{program} convoy resume {snapshot.name}`" if _resumable(snapshot) else ""
    console.say(f"{name}: {snapshot.phase}, {counts(snapshot)} in {took}{cost}{resume}", err=True)
    return Exit.FAILED


def _resumable(snapshot: Snapshot) -> bool:
    """Whether to go on is a next step of anything: an agent that asks would only ask again."""
    failed = [row for row in snapshot.rows if row.stage is Stage.FAILED and row.reason != DEPENDENCY_FAILED]
    return snapshot.kind == "convoy" and (not failed or any(map(resumes, failed)))


def counts(snapshot: Snapshot) -> str:
    """`6 done, 1 failed, 1 not started`."""
    failed = [row for row in snapshot.rows if row.stage is Stage.FAILED]
    blocked = sum(row.reason == DEPENDENCY_FAILED or not row.polecat for row in failed)
    other = len(snapshot.rows) - snapshot.done - len(failed) - len(snapshot.held)
    numbers = ((snapshot.done, "done"), (len(failed) - blocked, "failed"), (blocked + other, "not started"))
    return ", ".join(f"{number} {word}" for number, word in numbers if number or word == "done")


def failures(town: Town, snapshot: Snapshot, program: str) -> Iterator[str]:
    """A paragraph for each bead that failed by itself; those that only waited for it are in the count."""
    for row in snapshot.rows:
        if row.stage is Stage.FAILED and row.polecat and row.reason != DEPENDENCY_FAILED:
            yield from _failure(town, row, snapshot, program)


def _failure(town: Town, row: Row, snapshot: Snapshot, program: str) -> Iterator[str]:
    yield plain(f"✗ {row.bead} {row.title} ({row.polecat})")
    yield f"  {plain(row.why)}"
    for line in _last_words(town, row):
        yield f"  │ {line}"
    if row.branch and row.commit:
        yield f"  work: {row.branch} at {short(row.commit)}"
    convoy = snapshot.name if snapshot.kind == "convoy" else ""
    yield f"  next: {next_step(row, convoy=convoy, program=program)}"


def _last_words(town: Town, row: Row) -> list[str]:
    """What the agent printed last; nothing where its log can't be read, since the reason counts more."""
    try:
        polecat = town.polecats.get(row.polecat, rig=row.rig or None)
        lines = [plain(line) for line in town.log(polecat, LogRequest(tail=WORDS))]
    except WorkflowsError:
        return []
    return [line for line in lines if line][-WORDS:]
