"""What is said on the forge: one comment on each issue, edited in place, and the label that comes off."""
