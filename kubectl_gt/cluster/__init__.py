"""The town of a cluster. Everything is done by the custom resources; the adapter does the rest."""

from kubectl_gt.cluster.town import Cluster

__all__ = ["Cluster"]
