"""What crosses between containers that hold a key and those beside the agent."""
