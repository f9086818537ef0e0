"""The demo: a repository, eight beads and an agent that follows a script, run by the same commands that anybody types."""
