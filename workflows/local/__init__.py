"""The town of one machine: the same compiled Workflows, run as local processes, with all state in one SQLite file.

For one machine only, and small on purpose; what outgrows it goes to Argo.
"""
