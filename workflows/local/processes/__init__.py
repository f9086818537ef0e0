"""Pods as processes of this machine: mounts, locks, and what a killed runner left."""
