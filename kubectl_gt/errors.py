"""What only the command line can say, classed by what the caller does next.

CommandError
├── TimedOut      waiting took longer than asked: the work goes on, wait again
├── Stalled       nobody works on what is waited for: resume it
└── WrongPlace    the verb has no meaning here: use the other back-end
"""


class CommandError(Exception):
    """Root of the errors of `kubectl_gt`. Messages are one line: the object, what is wrong, the next step."""


class TimedOut(CommandError):
    """`--timeout` passed while waiting."""


class Stalled(CommandError):
    """What is waited for has no runner any more, so it would never end."""


class WrongPlace(CommandError):
    """One machine and a cluster can do different things; this one is of the other."""
