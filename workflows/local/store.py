"""The town's state on one machine: a single SQLite file that survives a kill at any moment.

Resources are kept as manifests without status: what they report is worked out from the nodes each time, by the same `observe` as on a cluster,
so it cannot be stale.
"""

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from crds import Manifest
from workflows import labels
from workflows.errors import Unavailable, why
from workflows.local.rows.connection import Connection, told
from workflows.local.rows.reading import Readable, decoded, of_workflow
from workflows.local.rows.shown import with_status

_SCHEMA = """
create table if not exists resource (kind text, name text, manifest text not null, primary key (kind, name));
create table if not exists config_map (name text primary key, data text not null);
create table if not exists workflow (
    name text primary key, convoy text not null, train integer not null, attempt integer not null, manifest text not null
);
create index if not exists workflow_by_convoy on workflow (convoy, attempt, train);
create table if not exists node (workflow text, id text, position integer, node text not null, primary key (workflow, id));
create table if not exists termination (convoy text, task text, primary key (convoy, task));
"""

_VERSION = 1
"""Of the schema. It is written once: a write at each opening would wait for whoever writes, and wake who watches `version`."""


class Store:
    """One connection to the state. Every method that writes is one transaction."""

    def __init__(self, path: Path) -> None:
        self._undone = 0
        self.readable = Readable()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(
                f"state file {path}: {why(error)}; name another place with GASTOWN_HOME"
            ) from error
        with told(path):
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None, factory=Connection)
            self._db.place = path
            # WAL: readers never wait for the runner. NORMAL: safe against kill -9, and against a power cut but for the last write.
            self._db.executescript("pragma journal_mode = wal; pragma synchronous = normal")
            found = int(self._db.execute("pragma user_version").fetchone()[0])
            if not found:
                self._db.executescript(f"begin immediate; {_SCHEMA} pragma user_version = {_VERSION}; commit")
        if found > _VERSION:
            raise Unavailable(
                f"state file {path}: a newer gastown wrote it; update gastown, or name another place with GASTOWN_HOME"
            )

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    def wait_for_others(self, seconds: float) -> None:
        """How long a write waits while another process holds the file."""
        self._db.execute(f"pragma busy_timeout = {int(seconds * 1000)}")

    @property
    def version(self) -> int:
        """A number that changes when another connection has written."""
        return int(self._db.execute("pragma data_version").fetchone()[0])

    @property
    def state(self) -> tuple[int, int]:
        """What changes with every write, another connection's or this one's, and with each that is undone."""
        return self.version, self._db.total_changes + self._undone

    @property
    def written(self) -> tuple[int, int]:
        """Another value whenever anybody has written, this connection included."""
        return self.version, self._db.total_changes

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside happen, or none. One inside another is a part of it."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._undone += 1
            # A full disk has ended it already.
            with contextlib.suppress(Unavailable):
                self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def resource(self, kind: str, name: str) -> Manifest | None:
        """The manifest of a resource, None where there is none. Raises Damaged."""
        query = "select cast(manifest as blob) from resource where kind = ? and name = ?"
        row = self._db.execute(query, (kind, name)).fetchone()
        return decoded(kind, name, row[0]) if row else None

    def resources(self, kind: str) -> list[Manifest]:
        """All manifests of a kind that can be read, by name."""
        query = "select name, cast(manifest as blob) from resource where kind = ? order by name"
        rows = self._db.execute(query, (kind,)).fetchall()
        return list(self.readable.each(rows, lambda row: decoded(kind, *row)))

    def names(self, kind: str) -> tuple[str, ...]:
        """The names of a kind's resources."""
        query = "select name from resource where kind = ? order by name"
        return tuple(row[0] for row in self._db.execute(query, (kind,)))

    def put_resource(self, manifest: Manifest) -> None:
        """Store a manifest, replacing what had its name."""
        row = (manifest["kind"], manifest["metadata"]["name"], json.dumps(manifest))
        self._db.execute("insert or replace into resource values (?, ?, ?)", row)

    def delete_resource(self, kind: str, name: str) -> None:
        """Forget a resource, and with a convoy its Workflows."""
        with self.transaction():
            self._db.execute("delete from resource where kind = ? and name = ?", (kind, name))
            if kind == "Convoy":
                mine = "(select name from workflow where convoy = ?)"
                self._db.execute(f"delete from node where workflow in {mine}", (name,))  # noqa: S608 - a constant
                self._db.execute("delete from workflow where convoy = ?", (name,))
                self.forget_terminations(name)

    def terminate(self, convoy: str, task: str) -> None:
        """Note that a task of a convoy is to be ended."""
        self._db.execute("insert or ignore into termination values (?, ?)", (convoy, task))

    def terminations(self, convoy: str) -> frozenset[str]:
        """The tasks of a convoy that are to be ended."""
        return frozenset(
            row[0] for row in self._db.execute("select task from termination where convoy = ?", (convoy,))
        )

    def forget_terminations(self, convoy: str) -> None:
        """Let a new attempt run all its tasks."""
        self._db.execute("delete from termination where convoy = ?", (convoy,))

    def config_map(self, name: str) -> dict[str, str] | None:
        """The data of a ConfigMap, None where there is none."""
        row = self._db.execute("select data from config_map where name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def submit(
        self, workflow: Manifest, config_maps: Iterable[Manifest], *, train: int, attempt: int
    ) -> None:
        """Store a Workflow with its ConfigMaps; one that was submitted before stays as it is."""
        name = workflow["metadata"]["name"]
        convoy = workflow["metadata"]["labels"][labels.CONVOY]
        with self.transaction():
            for each in config_maps:
                row = (each["metadata"]["name"], json.dumps(each["data"]))
                self._db.execute("insert or replace into config_map values (?, ?)", row)
            self._db.execute(
                "insert or ignore into workflow values (?, ?, ?, ?, ?)",
                (name, convoy, train, attempt, json.dumps(workflow)),
            )

    def submitted(self, convoy: str) -> int:
        """How many Workflows a convoy has, all attempts."""
        query = "select count(*) from workflow where convoy = ?"
        return int(self._db.execute(query, (convoy,)).fetchone()[0])

    def workflow_names(self, convoy: str) -> tuple[str, ...]:
        """The names of a convoy's Workflows, all attempts."""
        rows = self._db.execute("select name from workflow where convoy = ?", (convoy,))
        return tuple(row[0] for row in rows)

    def workflows(self, convoy: str | None = None, attempt: int | None = None) -> list[Manifest]:
        """Workflows with `status.nodes`, as Argo would show them, by convoy, attempt and train. Raises Damaged."""
        query = (
            "select convoy, name, cast(manifest as blob) from workflow where convoy = coalesce(?, convoy) and attempt = coalesce(?, attempt)"
            " order by convoy, attempt, train"
        )
        rows = self._db.execute(query, (convoy, attempt)).fetchall()
        return [self._shown(*row) for row in rows]

    def unfinished(self, convoy: str) -> list[Manifest]:
        """The Workflows of a convoy that have not ended."""
        return [each for each in self.workflows(convoy) if not each.get("status", {}).get("finishedAt")]

    def nodes(self, workflow: str) -> list[Manifest]:
        """The nodes of a Workflow, oldest first."""
        query = "select cast(node as blob) from node where workflow = ? order by position"
        texts = b",".join(row[0] for row in self._db.execute(query, (workflow,)))
        nodes: list[Manifest] = json.loads(b"[%b]" % texts)  # at once: a Workflow has hundreds
        return nodes

    def put_nodes(self, workflow: str, nodes: Iterable[Manifest]) -> None:
        """Store nodes that changed, all or none."""
        rows = [(workflow, node["id"], json.dumps(node)) for node in nodes]
        if rows:
            with self.transaction():
                self._db.executemany(
                    "insert into node values (?1, ?2, (select coalesce(max(position), 0) + 1 from node where workflow = ?1), ?3)"
                    " on conflict do update set node = excluded.node",
                    rows,
                )

    def _shown(self, convoy: str, name: str, text: bytes) -> Manifest:
        with of_workflow(convoy, name):
            return with_status(json.loads(text), self.nodes(name))
