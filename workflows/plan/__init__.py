"""From a convoy and its beads to the Workflows that work them: pure, deterministic, the same for any order of input."""

from workflows.plan.members import Members, asks_stores, members
from workflows.plan.model import ALL, Plan, Scope, Task, Train
from workflows.plan.trains import plan_convoy, runnable

__all__ = [
    "ALL",
    "Members",
    "Plan",
    "Scope",
    "Task",
    "Train",
    "asks_stores",
    "members",
    "plan_convoy",
    "runnable",
]
