"""Verbs for what waits for a person."""
