"""A connection to the town's state that tells in one line what it can't do, and what to do about it; nothing was changed then."""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

from workflows.errors import Unavailable

_STEPS = {
    **dict.fromkeys(
        (
            sqlite3.SQLITE_BUSY,
            sqlite3.SQLITE_LOCKED,
            sqlite3.SQLITE_FULL,
            sqlite3.SQLITE_IOERR,
            sqlite3.SQLITE_NOMEM,
        ),
        "free the disk, or wait for who holds it, then go on with `convoy resume`",
    ),
    **dict.fromkeys(
        (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM),
        "let it be written to, or name another place with GASTOWN_HOME",
    ),
}
_DAMAGED = (
    "the file is damaged: put a copy of it back, or name another place with GASTOWN_HOME and make rigs and convoys anew; what was merged or "
    "published is in the repositories"
)


class Connection(sqlite3.Connection):
    """Its cursors tell it, too: the rows behind the first are read by them."""

    place: Path

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """See `sqlite3`. Raises Unavailable."""
        with told(self.place):
            return super().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> sqlite3.Cursor:
        """See `sqlite3`. Raises Unavailable."""
        with told(self.place):
            return super().executemany(sql, parameters)

    def cursor(self, factory: Any = None, /) -> Any:
        """See `sqlite3`."""
        return super().cursor(factory or _Cursor)


class _Cursor(sqlite3.Cursor):
    connection: Connection

    def fetchone(self) -> Any:
        with told(self.connection.place):
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        with told(self.connection.place):
            return super().fetchall()

    def __next__(self) -> Any:
        with told(self.connection.place):
            return super().__next__()

    def __iter__(self) -> Self:
        return self


@contextlib.contextmanager
def told(place: Path) -> Iterator[None]:
    """Raises Unavailable for what SQLite says of the file."""
    try:
        yield
    except sqlite3.Error as error:
        # The upper bytes tell more of the same.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        raise Unavailable(f"state file {place}: {error}; {_STEPS.get(code, _DAMAGED)}") from error
