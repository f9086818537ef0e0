"""Rows of the town's state: how one is read, and what becomes of one that can't be."""
