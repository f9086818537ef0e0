"""Debian packages: which ones (resolved once, then locked with checksums), and their files."""
