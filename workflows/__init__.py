"""Beads to merged code: read beads, plan a convoy, compile it to Argo Workflows, run and observe it.

Kept empty on purpose: the programs inside the pods import `workflows.steps` and must start in milliseconds.
"""
