"""The kind BeadStore."""
