"""Which key is reconciled next, and the workers that do it."""
