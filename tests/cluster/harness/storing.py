"""Argo with a database: the controller keeps the nodes of all Workflows there, and argo-server reads them back."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness import argo
from harness.errors import Broken
from harness.packages import postgres
from harness.processes import Program, until
from harness.running import Cluster
from harness.site import free_ports
from harness.tenants import ARGO

_DATABASE = "argo-database"
_NOBODY = "65534"
_USER = "argo"


@contextlib.contextmanager
def storing(cluster: Cluster) -> Iterator[str]:
    """A controller that stores all nodes, while the block runs; yields the address of argo-server. Raises Missing without PostgreSQL."""
    port, served = free_ports(2)
    url, processes = f"http://127.0.0.1:{served}", cluster.processes
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        processes.start(_database(folder, port))
        stack.callback(processes.stop, _DATABASE, signal.SIGQUIT)  # SIGTERM waits for its clients
        until(lambda: _takes(port), "the database", seconds=60)
        cluster.apply(*_rights(), argo.configuration(persistence=_persistence(port)))
        stack.enter_context(argo.restarted(cluster.own, {"ALWAYS_OFFLOAD_NODE_STATUS": "true"}))
        stack.callback(cluster.apply, argo.configuration())
        processes.start(argo.server(cluster.kubeconfig, served))
        stack.callback(processes.stop, argo.SERVER, signal.SIGKILL)  # SIGTERM waits for its streams
        until(lambda: argo.serves(url), "argo-server", seconds=60)
        yield url


def _database(folder: Path, port: int) -> Program:
    """PostgreSQL, with nothing of it outside of the folder. It refuses to run as root."""
    found, data = postgres(), folder / "data"
    drop: tuple[str, ...] = ()
    if os.geteuid() == 0:
        drop = ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups")
        shutil.chown(folder, int(_NOBODY), int(_NOBODY))
    make = [*drop, str(found.with_name("initdb")), "-D", str(data), "-U", _USER, "-A", "trust", "--no-sync"]
    done = subprocess.run(make, capture_output=True, text=True, check=False, cwd="/")
    if done.returncode != 0:
        raise Broken(f"initdb failed: {done.stderr.strip()[-500:]}")
    flags = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "fsync": "off",
    }
    options = [word for name, value in flags.items() for word in ("-c", f"{name}={value}")]
    return Program(_DATABASE, [*drop, found, "-D", data, *options])


def _takes(port: int) -> bool:
    asks = [str(postgres().with_name("pg_isready")), "--host=127.0.0.1", f"--port={port}", "--quiet"]
    return subprocess.run(asks, check=False, cwd="/").returncode == 0


def _persistence(port: int) -> dict[str, Any]:
    return {
        "nodeStatusOffLoad": True,
        "postgresql": {
            "host": "127.0.0.1",
            "port": port,
            "database": "postgres",
            "tableName": "argo_workflows",
            "userNameSecret": {"name": _DATABASE, "key": "username"},
            "passwordSecret": {"name": _DATABASE, "key": "password"},
        },
    }


def _rights() -> list[dict[str, Any]]:
    """The Secret with the database's key, and the controller's right to read it."""
    metadata = {"name": _DATABASE, "namespace": ARGO}
    group = "rbac.authorization.k8s.io"
    rule = {"apiGroups": [""], "resources": ["secrets"], "resourceNames": [_DATABASE], "verbs": ["get"]}
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": metadata,
            "stringData": {"username": _USER, "password": "-"},
        },
        {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": metadata, "rules": [rule]},
        {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": group, "kind": "Role", "name": _DATABASE},
            "subjects": [{"kind": "ServiceAccount", "name": "argo", "namespace": ARGO}],
        },
    ]
