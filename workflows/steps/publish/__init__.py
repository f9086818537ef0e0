"""The container `main` of a polecat: it holds the push key, and takes the agent's work from the courier's packs alone.

Nothing in here opens a path that an agent can write, nor runs git in one; import-linter keeps it from the courier's code.
"""
