"""What happened, told to the operator's sinks as CloudEvents: at least once, over restarts, with ids that make a repeat recognisable."""
