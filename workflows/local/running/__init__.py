"""The process that runs one convoy."""
