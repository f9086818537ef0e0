"""The Convoy of an event: its name from what happened, its bead from the text that was authorised. Pure."""
