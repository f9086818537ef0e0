"""An apiserver in memory: enough of the Kubernetes API for the adapter, kopf and kubectl-gt, without a cluster.

Where it and a real apiserver answer differently is a bug of this one: tests/cluster/test_apiserver_in_memory.py asks both the same.
"""

from inmemory.clock import run
from inmemory.faults import Fault
from inmemory.server import Apiserver
from inmemory.store import Manifest, Store

__all__ = ["Apiserver", "Fault", "Manifest", "Store", "run"]
