"""The merge queue as the repository holds it: its order, what steps tell each other in it, and where each bead stands."""
