"""The adapter in virtual time on an apiserver in memory: people, Argo's controller and whoever else writes are the test's own hand."""

from playtown.argo import MERGED, REFUSED, WORKING, Bead
from playtown.replica import Replica
from playtown.town import Town, bead, condition

__all__ = ["MERGED", "REFUSED", "WORKING", "Bead", "Replica", "Town", "bead", "condition"]
