"""The operator: what stands in Argo's Workflows becomes the status of the six kinds, and what they ask for becomes Workflows."""
