"""How work lands: `pr` hands it over to the forge by pull request. Pushing to the target stands in the refinery itself."""
