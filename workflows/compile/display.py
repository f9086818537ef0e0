"""What Argo's interface calls the pods: `<bead>.<step>`, where it would say `polecat(0)` for every one of them."""

import re
from collections.abc import Iterable

from crds import Manifest
from workflows import labels
from workflows.names import BeadId

SHOWABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,49}")
"""Ids that, with a step behind, make a name Argo takes. Another name makes it fail the node, so it is better to have none."""


def show_beads(workflow: Manifest, beads: Iterable[BeadId]) -> Manifest:
    """Put the display names into a compiled Workflow, in place; returns it.

    Argo reads them from the template's own annotations. Hera writes a template's annotations into its metadata, which is the
    pod's, where they name nothing (seen on 4.0.2).
    """
    if all(SHOWABLE.fullmatch(bead) for bead in beads):
        for template in workflow["spec"]["templates"]:
            step = template.get("metadata", {}).get("labels", {}).get(labels.STEP)
            if step:
                template["annotations"] = {labels.DISPLAY_NAME: f"{{{{inputs.parameters.bead}}}}.{step}"}
    return workflow
