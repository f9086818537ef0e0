"""The kind Refinery."""
