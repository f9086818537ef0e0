"""What waits for a person, and what lets it go on."""
