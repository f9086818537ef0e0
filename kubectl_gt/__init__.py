"""The command line of Gas Town: one program under two names, `gastown` and `kubectl-gt`, for one machine and for a cluster."""
