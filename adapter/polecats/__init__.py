"""The kind Polecat."""
