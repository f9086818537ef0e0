"""What agents spent, as sums over polecats. Pure."""

import datetime
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from crds import Polecat
from workflows.labels import CONVOY

BY: Mapping[str, Callable[[Polecat], str]] = {
    "convoy": lambda polecat: polecat.metadata.labels.get(CONVOY, ""),
    "rig": lambda polecat: polecat.spec.rig,
    "agent": lambda polecat: polecat.status.agent or polecat.spec.worker,
}
"""What is summed up under one name."""


class Spending(NamedTuple):
    """One sum: of `beads` polecats, of which `silent` told no cost. Cost in US dollars; None where none of them told any."""

    name: str
    beads: int
    silent: int
    tokens: int | None
    cost: float | None


def spending(
    polecats: Iterable[Polecat], by: Callable[[Polecat], str], *, since: datetime.datetime | None
) -> list[Spending]:
    """The sums, the dearest first; `since` leaves out polecats that did nothing from then on. Who never started is in none."""
    groups: dict[str, list[Polecat]] = {}
    for each in polecats:
        last = each.status.finished_at or each.status.last_activity or each.status.started_at
        if last is not None and (since is None or last >= since):
            groups.setdefault(by(each), []).append(each)
    found = [_sum(name, map(_of, group)) for name, group in groups.items()]
    return sorted(found, key=lambda each: (-(each.cost or 0.0), each.name))


def total(found: Iterable[Spending]) -> Spending:
    """The sum of sums."""
    return _sum("total", found)


def _of(polecat: Polecat) -> Spending:
    status = polecat.status
    return Spending("", 1, int(status.cost_usd is None), status.tokens, status.cost_usd)


def _sum(name: str, parts: Iterable[Spending]) -> Spending:
    rows = list(parts)
    costs = [each.cost for each in rows if each.cost is not None]
    tokens = [each.tokens for each in rows if each.tokens is not None]
    return Spending(
        name=name,
        beads=sum(each.beads for each in rows),
        silent=sum(each.silent for each in rows),
        tokens=sum(tokens) if tokens else None,
        cost=sum(costs) if costs else None,
    )
