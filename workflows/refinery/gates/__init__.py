"""Gates: commands that agents' code may be behind, run on candidates so that one run leaves nothing to the next."""
