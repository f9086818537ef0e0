"""What people and sinks are told: Kubernetes Events and CloudEvents."""
