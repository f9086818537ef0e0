"""The town of this machine."""
