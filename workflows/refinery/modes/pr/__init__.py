"""Landing by pull request: opened once, decided from what the forge says now, merged only as it was looked at.

Nothing here waits. Each look ends in a decision, and the next look may come from another process, after any crash.
"""
