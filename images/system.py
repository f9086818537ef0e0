"""The layers of Debian packages, with what their installation would have made by hand."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from images import cache
from images.debian import archive, lock
from images.debian.mirrors import mirrors
from images.tree import Tree, add, folder, link, take

USER = 65532
"""Who everything runs as, where the platform names nobody else."""

_UNREAD = re.compile(
    r"usr/share/(doc/(?!.*/copyright$)|man/|info/|locale/|lintian/|bash-completion/|pixmaps/|applications/|bug/"
    r"|doc-base/|perl5/|gitweb/|initramfs-tools/|zoneinfo/right/)"
    r"|usr/lib/[^/]+/gconv/|usr/lib/systemd/|usr/lib/python3\.\d+/(test|idlelib|tkinter|turtledemo|lib2to3|pydoc_data)/"
    r"|etc/(init\.d|default|cron[^/]*|logrotate\.d|apt|dpkg|update-motd\.d)/"
    r"|usr/share/python3/|var/lib/(apt|dpkg)/|usr/bin/(scalar|git-shell)$|usr/lib/git-core/(scalar|mergetools|git-"
    r"(cvs|daemon|http-backend|http-fetch|http-push|imap-send|instaweb|p4|send-email|shell|svn))"
)
"""What nothing in a pod reads. Copyright files stay: they are the licences of what ships."""


def base(architecture: str) -> Tree:
    """What all images stand on: the C library, Python, certificates, time zones, a user."""
    tree = _unpacked("base", architecture)
    certificates = [
        file.content
        for path, file in sorted(tree.items())
        if path.match("usr/share/ca-certificates/mozilla/*.crt") and file.content
    ]
    add(tree, "etc/ssl/certs/ca-certificates.crt", b"".join(certificates))
    group = "root:x:0:\nnogroup:x:65534:\n"
    users = f"{_user('polecat')}{_user('main', USER + 1)}"
    add(tree, "etc/passwd", f"root:x:0:0:root:/root:/bin/sh\n{users}".encode())
    add(tree, "etc/group", f"{group}polecat:x:{USER}:\n".encode())
    add(tree, "etc/nsswitch.conf", b"passwd: files\ngroup: files\nhosts: files dns\n")
    add(tree, "etc/host.conf", b"multi on\n")
    folder(tree, "tmp", mode=0o1777)
    folder(tree, "var/tmp", mode=0o1777)
    # Group 0 may write: OpenShift gives each namespace a user of its own, and all of them this group.
    folder(tree, "home/polecat", mode=0o775)
    return tree


def further(layer: str, architecture: str) -> Tree:
    """A layer that stands on the base; one with a shell names it."""
    tree = _unpacked(layer, architecture)
    shell = "bash" if PurePosixPath("usr/bin/bash") in tree else "dash"
    if PurePosixPath("usr/bin/dash") in tree:
        link(tree, "usr/bin/sh", "dash")
        add(tree, "etc/shells", f"/bin/sh\n/bin/{shell}\n".encode())
    return tree


def installed(layers: Iterable[str], architecture: str) -> str:
    """What dpkg would have on record of an image's packages; scanners read it."""
    told = []
    for layer in layers:
        for package in lock.locked(layer, architecture):
            name, _, rest = archive.control(_deb(package)).partition("\n")
            told.append(f"{name}\nStatus: install ok installed\n{rest.strip()}\n")
    return "\n".join(sorted(set(told)))


def _user(name: str, number: int = USER) -> str:
    """OpenSSH refuses to run for a number without a name."""
    return f"{name}:x:{number}:{USER}::/home/polecat:/bin/sh\n"


def _unpacked(layer: str, architecture: str) -> Tree:
    tree: Tree = {}
    for package in lock.locked(layer, architecture):
        for entry, content in archive.files(_deb(package)):
            path = PurePosixPath(entry.name)
            if path != PurePosixPath() and not _UNREAD.search(f"{path}{'/' if entry.isdir() else ''}"):
                take(tree, entry, content)
    return tree


def _deb(package: lock.Package) -> bytes:
    return cache.pinned(package.digest, lambda: [root + package.path for root in mirrors()]).read_bytes()
