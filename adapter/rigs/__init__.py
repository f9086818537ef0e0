"""The kind Rig."""
