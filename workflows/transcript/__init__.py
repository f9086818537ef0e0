"""What an agent printed: read while it runs, shown to people, and judged at its end. Standard library only: it runs in the pods."""
