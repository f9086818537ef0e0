"""Triggers: which of them is about what happened, who may, and how often. Pure."""
