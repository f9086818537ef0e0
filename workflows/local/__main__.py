"""The background runner of one convoy: `python -m workflows.local <convoy>`, started by `sling`, `convoy create` and `convoy resume`."""

import sys

from workflows.local.home import Home
from workflows.local.processes import daemon


def main(convoy: str) -> int:
    """Run a convoy to its end in the background, unless another process does."""
    home = Home.of_user()
    lock = daemon.become(home, convoy)
    if lock is None:
        return 0
    # Whoever slings waits for the lock, and not until the rest is imported.
    from workflows.local.running import background  # noqa: PLC0415

    return background.run(home, convoy, lock)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
