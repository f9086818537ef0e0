"""Archives that depend on nothing but what is in them: sorted, of one moment, of no user."""

import gzip
import io
import tarfile
from collections.abc import Collection, Mapping
from pathlib import PurePosixPath


def tgz(
    files: Mapping[PurePosixPath, bytes], *, moment: int, programs: Collection[PurePosixPath] = ()
) -> bytes:
    """A gzipped tar of regular files, of which `programs` can be run. The same files and moment give the same bytes (with the same zlib)."""
    packed = io.BytesIO()
    # GNU's form, as a pax header would carry the names of this machine's users.
    with (
        gzip.GzipFile(filename="", fileobj=packed, mode="wb", mtime=moment) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as archive,
    ):
        for path in sorted(files):
            entry = tarfile.TarInfo(str(path))
            entry.size, entry.mtime = len(files[path]), moment
            entry.mode = 0o755 if path in programs else 0o644
            archive.addfile(entry, io.BytesIO(files[path]))
    return packed.getvalue()
