"""What tests that run programs of ours stand on: a rig's repository on disk, and programs without a start of Python for each."""

from ondisk.fixtures import forking, once
from ondisk.orders import Ordered
from ondisk.programs import Programs, Ran
from ondisk.repository import CONFIG, UNCOLLECTED, Repository, uncollected

STEPS = ("workflows.refinery.step", "workflows.steps.clone.step", "workflows.steps.publish.step")
"""Modules of the steps that tests run most."""

COMMANDS = ("kubectl_gt.main", "kubectl_gt.machine", "workflows.local.town")
"""Modules that most commands load."""

__all__ = [
    "COMMANDS",
    "CONFIG",
    "STEPS",
    "UNCOLLECTED",
    "Ordered",
    "Programs",
    "Ran",
    "Repository",
    "forking",
    "once",
    "uncollected",
]
