"""Commands in a sentence. The core names verbs as the guide does, `rig create`; what a person is shown can be copied as it stands."""

import re

_VERB = re.compile(
    r"`(?=(?:agents|auth|beads|convoy|events|mq|polecat|rig|trigger) [a-z]|(?:answer|doctor|inbox|notify|sling)\b)"
)


def copyable(words: str, program: str) -> str:
    """The sentence with the program before each verb that lacks it."""
    return _VERB.sub(f"`{program} ", words)
