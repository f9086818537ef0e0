"""The kind Convoy."""
