"""What is decided about a convoy, the same on one machine and in a cluster: pure functions that both call."""
