"""What may become the target: beads stacked on it, the messages of their commits, and the commit that closes them."""
