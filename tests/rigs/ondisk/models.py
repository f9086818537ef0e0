"""Builds the models of all kinds, which is put off until they are used: in a process that forks, so that no fork does."""

from crds import KINDS

for kind in KINDS.values():
    kind.model_rebuild()
