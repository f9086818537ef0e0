"""The background runner of one convoy: `python -m workflows.local <convoy>`, started by `sling`, `convoy create` and `convoy resume`.

With the number of a lock it goes on with a convoy that rested. Without any word it is the town's watch, which has those.
"""

import sys

from workflows.local.home import Home
from workflows.local.processes import daemon


def main(convoy: str = daemon.WATCH, lock: str = "") -> int:
    """Run a convoy to its end in the background, unless another process does."""
    home = Home.of_user()
    if convoy == daemon.WATCH:
        from workflows.local.running import watch  # noqa: PLC0415 - what follows is for runners

        return watch.main(home)
    held = daemon.inherit(int(lock)) if lock else daemon.become(home, convoy)
    if held is None:
        return 0
    # Whoever slings waits for the lock, and not until the rest is imported.
    from workflows.local.running import background  # noqa: PLC0415

    return background.run(home, convoy, held)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
