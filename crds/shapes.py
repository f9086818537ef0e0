"""The shapes of the texts in a manifest: a pattern for the API server, and the words for it that an error
message uses.

The patterns are RE2 (no look-around) and as wide as gastown-operator's, but for what git or a shell would
read as an option.
"""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """One pattern, and what it asks for, to be read behind "must be"."""

    pattern: str
    words: str


_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_BEAD = r"[A-Za-z0-9]([A-Za-z0-9_-]|\.[A-Za-z0-9_-])*"
_HOST = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_SEGMENT = r"\.?[A-Za-z0-9_@+][A-Za-z0-9_@.+-]*"
NUMBER = r"([0-9]+(\.[0-9]*)?|\.[0-9]+)"
UNIT = "(ns|us|µs|μs|ms|s|m|h)"

LABEL = Shape(f"^{_LABEL}$", "lower-case letters, digits and dashes")
OBJECT = Shape(
    rf"^{_LABEL}(\.{_LABEL})*$", "the name of an object: lower-case letters, digits, dashes and dots"
)
OBJECT_OR_NONE = Shape(rf"^({_LABEL}(\.{_LABEL})*)?$", OBJECT.words)
BEAD = Shape(
    f"^{_BEAD}$", "a bead's id: letters, digits, and single dots, dashes and underscores, such as gt-42"
)
BEAD_OR_NONE = Shape(f"^({_BEAD})?$", BEAD.words)
BRANCH = Shape(r"^[a-zA-Z0-9._][a-zA-Z0-9._/+#@-]*$", "a branch, and none that starts with a dash")
REPOSITORY = Shape(
    rf"^((https?|ssh|git|file)://|/|({_HOST}@)?{_HOST}:[^:\x00-\x1f])[^\x00-\x1f]+$",
    "a repository: https://, ssh://, file://, git@host:path or an absolute path",
)
PERSON = Shape(r"^[^<>\x00-\x1f\x7f]*$", "a name or address as git takes it, without < and >")
PATH = Shape(
    f"^{_SEGMENT}(/{_SEGMENT})*$", "a path inside the repository, without .. and without a / at its start"
)
IMAGE = Shape(r"^[a-zA-Z0-9._/:@-]*$", "a container image reference")
URL_OR_NONE = Shape(r"^(https?://[^\s]+)?$", "an http:// or https:// address")
DURATION = Shape(f"^(0|({NUMBER}{UNIT})+)$", "a length of time such as 30s, 15m or 2h30m")
QUANTITY = Shape(
    r"^[+-]?([0-9]+|[0-9]+\.[0-9]*|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$",
    "a quantity such as 500m, 2 or 4Gi",
)
PREFIX = Shape(r"^[a-z]{2,10}$", "two to ten lower-case letters")
PREFIX_WITH_DASH = Shape(r"^[a-z]+-$", "lower-case letters and a dash at the end, such as gt-")
COMMAND_OR_NONE = Shape(r"^(/[a-z][a-z0-9-]*)?$", "a word with a slash before it, such as /sling")
FILTER_OR_NONE = Shape(r"^([a-z][a-z0-9:=+.,/-]*)?$", "a partial clone filter such as blob:none")
KEY = Shape(r"^[-._a-zA-Z0-9]+$", "letters, digits, dots, dashes and underscores")
KEY_OR_NONE = Shape(r"^[-._a-zA-Z0-9]*$", KEY.words)
FORGE_REPOSITORY = Shape(
    rf"^~?{_SEGMENT}(/{_SEGMENT})+$", "a repository as its forge names it, such as owner/name, without .git"
)
EVENT_TYPE = Shape(r"^[^*\s]*\*?$", "the type of a CloudEvent, with * at its end for all that start so")
CRON_OR_NONE = Shape(
    r"^([0-9*/,-]+ [0-9*/,-]+ [0-9*/,-]+ [0-9*/,-]+ [0-9*/,-]+)?$",
    "five fields in numbers as in a crontab, such as 0 3 * * 1-5",
)
VARIABLE = Shape(r"^[^=\x00-\x20]+$", "the name of a variable, without spaces and =")
CONDITION = Shape(rf"^({_LABEL}(\.{_LABEL})*/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$", "a CamelCase word")
REASON = Shape(r"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$", "a CamelCase word")

WORDS = {shape.pattern: shape.words for shape in tuple(globals().values()) if isinstance(shape, Shape)}
"""What each pattern asks for."""
