"""What of a batch may land: the batch, the search for culprits, and what was found."""
