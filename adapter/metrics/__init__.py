"""What Prometheus reads, and the server that it reads from."""
