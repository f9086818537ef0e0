"""Where rigs are read and convoys are made: a cluster, or the town of one machine."""
