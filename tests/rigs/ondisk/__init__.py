"""What tests that run programs of ours stand on: a rig's repository on disk, and programs without a start of Python for each."""

from ondisk.fixtures import forking, once
from ondisk.orders import Ordered
from ondisk.programs import COMMANDS, Programs, Ran, forker
from ondisk.repository import CONFIG, UNCOLLECTED, Repository, uncollected

STEPS = (
    "workflows.refinery.gating",
    "workflows.refinery.modes.pr.landing",
    "workflows.refinery.step",
    "workflows.steps.clone.step",
    "workflows.steps.courier.step",
    "workflows.steps.publish.step",
)
"""Modules of the steps that tests run."""

__all__ = [
    "COMMANDS",
    "CONFIG",
    "STEPS",
    "UNCOLLECTED",
    "Ordered",
    "Programs",
    "Ran",
    "Repository",
    "forker",
    "forking",
    "once",
    "uncollected",
]
