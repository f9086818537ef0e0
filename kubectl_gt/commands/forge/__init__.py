"""Verbs that talk to a forge from where the user sits."""
