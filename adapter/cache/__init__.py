"""What is known of the cluster: lists, watches, and the answers to our own writes."""
