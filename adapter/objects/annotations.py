"""The finalizer and the annotations that the adapter sets on Workflows."""

from crds import GROUP

FINALIZER = f"{GROUP}/recorded"
"""Keeps a Workflow until its end stands in our own statuses, whoever deletes it: a time to live, or a hand."""


SUSPENDED_BY = f"{GROUP}/held-by"
"""Annotation of a Workflow that the adapter suspended, and not somebody with Argo's tools."""


DETACHED = f"{GROUP}/released"
"""Annotation of a Workflow that its polecat is done with: its result is not taken for that of the next one."""
