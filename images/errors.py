"""Why an image can't be made.

ImageError
├── Unreachable     nothing serves a file: name a mirror that does, or go online
├── Changed         a file is not the one that is pinned: make the lock anew, and read the difference
├── Unreadable      an archive has a form that we don't read
└── Unresolved      a package that is asked for is not in the distribution, or another tool failed on it
"""


class ImageError(Exception):
    """Something that an image is made of is not to be had. The message names it and the next step."""


class Unreachable(ImageError):
    """No mirror serves the file."""


class Changed(ImageError):
    """A file has another checksum than the lock says, or nobody whom we trust signed it."""


class Unreadable(ImageError):
    """An archive has a form that we don't read."""


class Unresolved(ImageError):
    """A package can't be found or put in."""
