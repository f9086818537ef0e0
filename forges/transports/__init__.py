"""Runs calls: over urllib in a step, over aiohttp in a server. The only files that open a connection."""
