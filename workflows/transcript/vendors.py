"""The words in which model vendors and gateways refuse a request, whichever agent hands them on.

They are looked for in what an agent says of its own failure, never in its work.
"""

import re
from collections.abc import Iterable, Mapping

from workflows.exits import Reason

_BUDGET = (
    r"credit balance is too low",
    r"insufficient[_ ](quota|funds|credits?|balance)",
    r"exceeded your current quota, please check your plan",
    r"(daily|monthly) quota",
    r"quota exceeded\. check your plan",
    r"(spend|spending|billing)( hard)? (limit|cap)",
    r"budget has been exceeded|exceededbudget|max(imum)? budget",
    r"out of (extra usage|credits?|funds)",
    r"payment required",
)
_OVERFLOW = (
    r"prompt is too long",
    r"prompt_too_long",
    r"maximum context length",
    r"context[_ ](length|window|size)( is|_| was|)?\s?exceed",
    r"(ran out of room|possibly exhausted|exceed\w*|larger than|too (large|long) for).{0,60}context window",
    r"input token count.{0,40}exceeds",
    r"has hit a token limit",
    r"request (too large|entity too large)",
    r"(input|conversation|context) is too long",
)
_MODEL = (
    r"model\W.{0,100}(does not exist|do(es)? not have access|not found|may not exist|not available|is not supported)",
    r"models/\S+ is not found",
    r"(no such|unknown|invalid|unsupported) model",
    r"invalid model name",
    r"model[_ ]?not[_ ]?found",
    r"issue with the selected model",
    r"not_found_error.{0,20}model",
    r"litellm\.NotFoundError",
)
_REFUSED = (
    r"unable to respond to this request",
    r"usage policy",
    r"safeguards flagged",
    r"content[_ ](filter|policy|management)",
    r"(model|request|response) (was |has )?(declined|refused|blocked)",
    r"prohibited[_ ]content|blocked.{0,20}safety",
    r"empty response (text|received)",
    r"no response was returned",
)
_AUTH = (
    r"(in)?(valid|correct).{0,5}(x-)?api.?key",
    r"api key (not valid|expired|is (missing|invalid|disabled))",
    r"(no|missing) (api.?key|credentials|auth\w*)",
    r"authentication",
    r"authenticate\b",
    r"unauthori[sz]ed",
    r"(not|please) log(ged)? ?in\b",
    r"run /login",
    r"oauth (token|session).{0,20}(expired|revoked|invalid)",
    r"log-?in (has )?expired|session (has )?expired",
    r"permission[_ ](denied|error)",
    r"does not have permission",
    r"\bforbidden\b",
    r"territory not supported",
    r"no connected db",
    r"(set an|invalid) auth method",
    r"(does not|do not|doesn't) have access to (claude|codex|gemini)",
    r"\b(status|error|http|code)\W{0,3}40[13]\b",
)
_RATE = (
    r"rate.?limit",
    r"too many requests",
    r"resource[_ ]exhausted",
    r"overloaded",
    r"at capacity",
    r"high demand",
    r"limit (was |is |has been )?(reached|exceeded|hit)",
    r"(hit|reached|exceeded|over) (your|the|its) .{0,40}(limit|quota)",
    r"usage limit",
    r"quota.{0,40}retry in",
    r"server is busy|temporarily unavailable",
    r"no deployments available",
    r"\b(status|error|http|code)\W{0,3}(429|503|529)\b",
)

WORDS: Mapping[Reason, re.Pattern[str]] = {
    reason: re.compile("|".join(f"(?:{each})" for each in patterns), re.IGNORECASE | re.DOTALL)
    for reason, patterns in (
        (Reason.BUDGET_EXCEEDED, _BUDGET),
        (Reason.CONTEXT_EXCEEDED, _OVERFLOW),
        (Reason.MODEL_MISSING, _MODEL),
        (Reason.REFUSED, _REFUSED),
        (Reason.AUTH_FAILED, _AUTH),
        (Reason.RATE_LIMITED, _RATE),
    )
}
"""In the order in which they count: a spent account is told as a rate limit by some, an unknown model as a refused key by others."""

STATUSES: Mapping[int, Reason] = {
    401: Reason.AUTH_FAILED,
    402: Reason.BUDGET_EXCEEDED,
    403: Reason.AUTH_FAILED,
    404: Reason.MODEL_MISSING,
    413: Reason.CONTEXT_EXCEEDED,
    429: Reason.RATE_LIMITED,
    503: Reason.RATE_LIMITED,
    529: Reason.RATE_LIMITED,
}

_SOON = re.compile(r"(retry|try again|resets?|wait) (in|after|at) ", re.IGNORECASE)


def meant(words: str, status: int = 0, among: Iterable[Reason] = WORDS) -> Reason | None:
    """The reason that a vendor's words stand for, its HTTP status besides."""
    found = [reason for reason in among if WORDS[reason].search(words)]
    if Reason.BUDGET_EXCEEDED in found and Reason.RATE_LIMITED in found and _SOON.search(words):
        return Reason.RATE_LIMITED  # a quota that comes back by itself
    specific = [reason for reason in found if reason not in (Reason.AUTH_FAILED, Reason.RATE_LIMITED)]
    if specific:
        return specific[0]
    return STATUSES.get(status) or (found[0] if found else None)
