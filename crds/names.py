"""Names, places and texts as they may stand in a manifest: the shape and the length that their use allows.

Every length is bounded: no CEL rule may touch a field without a bound, and one object has to fit into etcd.
"""

from typing import Annotated

from pydantic import Field

from crds import shapes

ObjectName = Annotated[str, Field(pattern=shapes.OBJECT.pattern, max_length=253)]
"""The name of a Kubernetes object."""

OptionalName = Annotated[str, Field(pattern=shapes.OBJECT_OR_NONE.pattern, max_length=253)]
"""The name of a Kubernetes object, or empty for none."""

AgentName = Annotated[str, Field(pattern=shapes.LABEL.pattern, max_length=40)]
"""The name of an agent; it also names its container."""

BeadId = Annotated[str, Field(pattern=shapes.BEAD.pattern, max_length=128)]
"""A bead's id; it becomes a part of git references, so `..` and `/` have no place in it."""

OptionalBeadId = Annotated[str, Field(pattern=shapes.BEAD_OR_NONE.pattern, max_length=128)]
"""A bead's id, or empty for none."""

Branch = Annotated[str, Field(pattern=shapes.BRANCH.pattern, max_length=244)]
"""A git branch; a leading dash would be an option to git."""

GitUrl = Annotated[str, Field(pattern=shapes.REPOSITORY.pattern, max_length=2048)]
"""A repository, by address or by absolute path."""

RepositoryPath = Annotated[str, Field(pattern=shapes.PATH.pattern, max_length=1024)]
"""A file's path inside a repository."""

Image = Annotated[str, Field(pattern=shapes.IMAGE.pattern, max_length=512)]
"""A container image reference, or empty for none."""

Word = Annotated[str, Field(min_length=1, max_length=128)]
"""A label, a login, a glob: short free text."""

Line = Annotated[str, Field(max_length=1024)]
"""One line of free text."""

Text = Annotated[str, Field(max_length=65536)]
"""Free text of any shape."""

Argument = Annotated[str, Field(max_length=8192)]
"""One argument of a command."""

Pattern = Annotated[str, Field(min_length=1, max_length=512)]
"""An extended regular expression over the output of an agent."""
