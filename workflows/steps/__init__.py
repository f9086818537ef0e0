"""The programs that run inside the pods: clone, publish and merge, and the launcher that runs the agent.

Kept empty on purpose: each is a process of its own that must start in milliseconds.
"""
