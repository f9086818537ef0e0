"""Names, places and texts as they may stand in a manifest, each with the pattern and the length that its use allows.

The patterns are RE2 (the API server's dialect) and every length is bounded, or no CEL rule could touch the field. They are
as wide as gastown-operator's, but for what git or a shell would read as an option.
"""

from typing import Annotated

from pydantic import Field

_SUBDOMAIN = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*"
_BEAD = r"[A-Za-z0-9]([A-Za-z0-9_-]|\.[A-Za-z0-9_-])*"

ObjectName = Annotated[str, Field(pattern=f"^{_SUBDOMAIN}$", max_length=253)]
"""The name of a Kubernetes object."""

OptionalName = Annotated[str, Field(pattern=f"^({_SUBDOMAIN})?$", max_length=253)]
"""The name of a Kubernetes object, or empty for none."""

AgentName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", max_length=40)]
"""The name of an agent; it also names its container."""

BeadId = Annotated[str, Field(pattern=f"^{_BEAD}$", max_length=128)]
"""A bead's id; it becomes a part of git references, so `..` and `/` have no place in it."""

OptionalBeadId = Annotated[str, Field(pattern=f"^({_BEAD})?$", max_length=128)]
"""A bead's id, or empty for none."""

Branch = Annotated[str, Field(pattern=r"^[a-zA-Z0-9._][a-zA-Z0-9._/+#@-]*$", max_length=244)]
"""A git branch; a leading dash would be an option to git."""

GitUrl = Annotated[
    str,
    Field(
        pattern=r"^((https?|ssh|git|file)://|/|([A-Za-z0-9][A-Za-z0-9._-]*@)?[A-Za-z0-9][A-Za-z0-9._-]*:[^:\x00-\x1f])[^\x00-\x1f]+$",
        max_length=2048,
    ),
]
"""A repository: `https://`, `ssh://`, `git://`, `file://`, `git@host:path`, or an absolute path."""

RepositoryPath = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_@.][A-Za-z0-9_@.+-]*(/[A-Za-z0-9_@.+-]+)*$", max_length=1024)
]
"""A file's path inside a repository."""

Image = Annotated[str, Field(pattern=r"^[a-zA-Z0-9._/:@-]*$", max_length=512)]
"""A container image reference."""

Word = Annotated[str, Field(min_length=1, max_length=128)]
"""A label, a login, a key: short free text."""

Line = Annotated[str, Field(max_length=1024)]
"""One line of free text."""

Text = Annotated[str, Field(max_length=65536)]
"""Free text of any shape."""

Argument = Annotated[str, Field(max_length=8192)]
"""One argument of a command."""

Pattern = Annotated[str, Field(min_length=1, max_length=512)]
"""An extended regular expression over the output of an agent."""
