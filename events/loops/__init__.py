"""What gastown-events does by itself, again and again: repair, list pull requests, answer."""
