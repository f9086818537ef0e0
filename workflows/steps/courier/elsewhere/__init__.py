"""What an agent leaves beside its first work tree: in other work trees, and in repositories of their own."""
