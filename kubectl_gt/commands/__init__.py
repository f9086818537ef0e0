"""The verbs, one module to a few of them that belong together. Each is imported when it runs."""
