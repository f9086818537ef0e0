"""The orders that travel to the pods as files: everything that a step must know and that may hold user text.

Argo expands `{{...}}` anywhere in a Workflow, without escape, so titles, prompts, commands and messages never stand in
the spec. They stand here, in a ConfigMap mounted at `/tasks`, and the spec holds ids only.

`/tasks/train.json` is a `TrainOrders`, `/tasks/task.<bead>.json` a `TaskOrders`. Named tuples, not dataclasses: every step reads
them, and importing dataclasses alone takes a quarter of a step's start.
"""

from workflows.orders.agent import AgentOrders, AgentReport, Fallback
from workflows.orders.files import CHECK_FILE, SPENT_FILE, TRAIN_FILE, ended_file, task_file
from workflows.orders.tasks import CheckOrders, TaskOrders
from workflows.orders.train import Gate, PullOrders, TrainOrders

__all__ = [
    "CHECK_FILE",
    "SPENT_FILE",
    "TRAIN_FILE",
    "AgentOrders",
    "AgentReport",
    "CheckOrders",
    "Fallback",
    "Gate",
    "PullOrders",
    "TaskOrders",
    "TrainOrders",
    "ended_file",
    "task_file",
]
