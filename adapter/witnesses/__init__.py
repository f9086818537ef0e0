"""The kind Witness."""
