"""The kind Workflow, and all that is done to one."""
