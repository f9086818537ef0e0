"""The report of a convoy: what was merged, what failed and why, when, and what it cost; as Markdown, a page or JSON."""
