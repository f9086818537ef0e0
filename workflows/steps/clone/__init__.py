"""The container `git-init`: a work tree for the agent."""
