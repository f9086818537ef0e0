"""What a rig remembers of its events, and what its conditions say of them. Pure."""
