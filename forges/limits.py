"""What a transport allows: numbers that both share."""

AGENT = "gastown-argo"
"""Who asks; GitHub refuses requests without."""

TIMEOUT = 30.0
"""Seconds for one request."""

LARGEST_ANSWER = 25 << 20
"""Bytes; an answer above is refused, as nothing that is asked for comes near."""
