"""What the town asks of a rig's repository."""
