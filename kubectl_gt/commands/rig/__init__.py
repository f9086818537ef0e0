"""`rig` and its verbs."""
