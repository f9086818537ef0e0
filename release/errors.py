"""Why a release can't be made.

ReleaseError
├── VersionMismatch    two files, or a file and the tag, name different versions: correct one
├── NotesMissing       the changelog has no section for the version: write it
└── NotInstalled       a locked package is not the one that is installed: run `make setup`
"""


class ReleaseError(Exception):
    """Something in the checkout keeps a release from being made. The message names the file and the next step."""


class VersionMismatch(ReleaseError):
    """Two files, or a file and the tag, name different versions."""


class NotesMissing(ReleaseError):
    """The changelog says nothing of the version."""


class NotInstalled(ReleaseError):
    """The environment does not hold what the lock names, so that nothing can be said about it."""
