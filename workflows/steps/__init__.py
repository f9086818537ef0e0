"""The programs that run inside the pods: clone, publish and merge, and the launcher that runs the agent.

Kept empty on purpose: each is a process of its own that must start in milliseconds. For the same reason the records here
and in `workflows.refinery` are NamedTuples: a frozen dataclass costs half a millisecond of every start, a NamedTuple a
tenth of that, and a step has thirty.
"""
