"""What was typed, as manifests."""
