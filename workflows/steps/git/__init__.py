"""The repository on the other side, and git itself: run, asked, changed, let in with a key."""
