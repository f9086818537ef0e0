"""`convoy` and its verbs."""
