"""Verbs for the merge queue."""
