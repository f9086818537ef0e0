"""What a step finds in its pod: environment, folders, what earlier containers left, signals."""
