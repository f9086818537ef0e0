"""Verbs about the town as a whole."""
