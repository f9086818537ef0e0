"""What can go wrong with the test cluster, classed by what the caller does next.

HarnessError
├── Missing      install or grant what is named, then try again
├── BuildFailed  read the compiler's words in the named log
├── Busy         wait for the named holder, or end it
└── Broken       a process died or never came up: `harness down`, then `up`
"""


class HarnessError(Exception):
    """Root of everything that the harness raises on purpose; the message is one line and names the next step."""


class Missing(HarnessError):
    """A tool, a package or a right that the harness needs is not there."""


class BuildFailed(HarnessError):
    """A binary or an image could not be made."""


class Busy(HarnessError):
    """Somebody else is booting or ending the cluster right now."""


class Broken(HarnessError):
    """The cluster is not what it should be."""
