"""The whole town, live: `gastown top`."""
