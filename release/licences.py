"""Under which licence each locked package comes, as its own metadata says."""

import re
from email.message import Message
from importlib import metadata

from release.errors import NotInstalled
from release.lock import Pin

COMPATIBLE = (
    "Apache",
    "BSD",
    "MIT",
    "ISC",
    "PSF",
    "CNRI-Python",
    "Python Software Foundation",
    "MPL-2.0",
    "Mozilla Public License 2.0",
    "Unlicense",
)
"""What may be shipped beside Apache-2.0 without a condition on our own code."""


def licence(pin: Pin) -> str:
    """The licence in the package's words; empty for one that this platform does not install. Raises NotInstalled for another version."""
    try:
        told = metadata.metadata(pin.name)
    except metadata.PackageNotFoundError:
        if pin.marker:
            return ""
        raise NotInstalled(
            f"{pin.name} {pin.version} is locked and not installed; run `make setup`"
        ) from None
    if told["Version"] != pin.version:
        raise NotInstalled(
            f"{pin.name} {told['Version']} is installed, {pin.version} is locked; run `make setup`"
        )
    return in_words(told)


def in_words(told: Message | metadata.PackageMetadata) -> str:
    """The licence that a package's metadata tells, in its words."""
    classified = [
        each.rpartition(" :: ")[2] for each in told.get_all("Classifier") or () if "License ::" in each
    ]
    found = str(told["License-Expression"] or "") or ", ".join(classified) or str(told["License"] or "")
    return found.splitlines()[0] if found else ""


def compatible(words: str) -> bool:
    """True where each licence that the words join may be shipped beside ours, or one of those that they let choose from."""
    return all(any(map(_known, part.split(" OR "))) for part in re.split(" AND |, ", words))


def _known(words: str) -> bool:
    return any(re.search(rf"\b{re.escape(each)}\b", words) for each in COMPATIBLE)
