"""The courier: what an agent makes, brought to `main` without a credential in reach.

It reads the agent's side through `steps.door` alone, and runs git in no repository, index, configuration or work tree that the agent can
write: only in its own, on copies. What holds a key imports nothing from here.
"""
