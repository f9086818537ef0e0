"""The merge queue: a pure core (queue, batch) and a thin shell over git. Its state is the refs of the repository."""
