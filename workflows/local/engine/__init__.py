"""A compiled Workflow executed: its nodes, their order, their retries."""
