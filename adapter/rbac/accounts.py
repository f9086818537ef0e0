"""What each account of a namespace for Workflows may do, as data: the chart and the cluster of the tests both make their roles of it."""

from types import MappingProxyType

from crds import Manifest

BEADS = "gastown-beads"
"""The pods that read bead stores."""

EXECUTOR = "gastown-executor"
"""Argo's executor, beside every container of a Workflow."""

POLECAT = "gastown-polecat"
"""All other pods: polecats and merges. They may do nothing, and their token is not mounted."""

RULES: MappingProxyType[str, tuple[Manifest, ...]] = MappingProxyType(
    {
        # To create is all: such a pod can't read, change or delete what it or anybody else has made.
        BEADS: ({"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create"]},),
        EXECUTOR: (
            {
                "apiGroups": ["argoproj.io"],
                "resources": ["workflowtaskresults"],
                "verbs": ["create", "patch"],
            },
        ),
        POLECAT: (),
    }
)
"""The rules of each account's Role, in its own namespace."""
