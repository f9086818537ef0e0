"""Budgets: what a convoy, or one of its beads, may spend on models."""

from crds.quantities import Dollars
from crds.rules import Rule
from crds.wire import Wire


class Budget(Wire):
    """Limits in US dollars; 0 or absent sets none."""

    total_usd: Dollars = 0.0
    """What the convoy may spend in all; once it is spent no further polecat starts."""

    per_bead_usd: Dollars = 0.0
    """What one bead may spend; the agent is told, and a polecat that passes it ends as BudgetExceeded."""

    rules = (
        Rule(
            cel="!has(self.totalUSD) || !has(self.perBeadUSD) || self.totalUSD == 0.0"
            " || self.perBeadUSD <= self.totalUSD",
            message="is more than totalUSD; raise the total or lower the bead's share",
            holds=lambda budget: budget.total_usd == 0 or budget.per_bead_usd <= budget.total_usd,
            field="perBeadUSD",
        ),
    )
