"""What is printed: tables, graphs, the live view."""
