"""What talks to apiservers: transport, gateway, credentials, leases, Argo's own server."""
