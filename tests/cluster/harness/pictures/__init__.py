"""Pictures of a convoy in Argo's own interface, for docs/argo-ui.md: `python -m harness.pictures <folder of the built interface>`."""
