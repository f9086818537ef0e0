"""HTTP to an apiserver for the adapter and for events: requests, answers and streams as bytes, each with its caller's own errors."""
