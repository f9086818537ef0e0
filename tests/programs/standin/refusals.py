"""How each vendor turns down a request as a whole: a status, headers, and a body in the vendor's form."""

from typing import Any, NamedTuple


class Refusal(NamedTuple):
    """One answer that is no answer."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]


_HOUR, _SOON = {"retry-after": "3600"}, {"retry-after": "1"}
_ANTHROPIC = {
    "auth401": (401, "authentication_error", "invalid x-api-key", {"x-should-retry": "false"}),
    "forbidden403": (
        403,
        "permission_error",
        "Your API key does not have permission to use this resource.",
        {},
    ),
    "rate429": (
        429,
        "rate_limit_error",
        "This request would exceed your rate limit of 50,000 tokens per minute.",
        _SOON,
    ),
    "rate-hour": (429, "rate_limit_error", "This request would exceed your rate limit of 5 hours.", _HOUR),
    "overload529": (529, "overloaded_error", "Overloaded", {}),
    "money-out": (
        400,
        "invalid_request_error",
        "Your credit balance is too low to access the Anthropic API.",
        {},
    ),
    "overflow": (400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", {}),
    "no-model": (404, "not_found_error", "model: nobody-has-this", {}),
}
_OPENAI = {
    "auth401": (
        401,
        "invalid_request_error",
        "invalid_api_key",
        "Incorrect API key provided: sk-stand-in.",
        {},
    ),
    "forbidden403": (
        403,
        "request_forbidden",
        "unsupported_country",
        "Country, region, or territory not supported",
        {},
    ),
    "rate429": (
        429,
        "tokens",
        "rate_limit_exceeded",
        "Rate limit reached for this model. Please try again in 1s.",
        _SOON,
    ),
    "rate-hour": (
        429,
        "requests",
        "rate_limit_exceeded",
        "Rate limit reached for this model. Please try again in 1h0m0s.",
        _HOUR,
    ),
    "overload529": (
        503,
        "server_error",
        "server_is_overloaded",
        "The server is currently overloaded with other requests.",
        {},
    ),
    "money-out": (
        429,
        "insufficient_quota",
        "insufficient_quota",
        "You exceeded your current quota, please check your plan and billing details.",
        {},
    ),
    "overflow": (
        400,
        "invalid_request_error",
        "context_length_exceeded",
        "This model's maximum context length is 128000 tokens. However, your messages resulted in 210000 tokens.",
        {},
    ),
    "no-model": (
        404,
        "invalid_request_error",
        "model_not_found",
        "The model `nobody-has-this` does not exist or you do not have access to it.",
        {},
    ),
}
_GOOGLE = {
    "auth401": (400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", []),
    "forbidden403": (403, "PERMISSION_DENIED", "The caller does not have permission", []),
    "rate429": (429, "RESOURCE_EXHAUSTED", "You exceeded your current quota. Please retry in 1s.", "1s"),
    "rate-hour": (
        429,
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota. Please retry in 3600s.",
        "3600s",
    ),
    "overload529": (503, "UNAVAILABLE", "The model is overloaded. Please try again later.", []),
    "money-out": (
        429,
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing details.",
        "day",
    ),
    "overflow": (
        400,
        "INVALID_ARGUMENT",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
        [],
    ),
    "no-model": (404, "NOT_FOUND", "models/nobody-has-this is not found for API version v1beta", []),
}


def anthropic(mode: str) -> Refusal | None:
    """Of the Messages API."""
    if mode not in _ANTHROPIC:
        return None
    status, kind, message, headers = _ANTHROPIC[mode]
    return Refusal(status, {"type": "error", "error": {"type": kind, "message": message}}, headers)


def openai(mode: str) -> Refusal | None:
    """Of Chat Completions and Responses."""
    if mode not in _OPENAI:
        return None
    status, kind, code, message, headers = _OPENAI[mode]
    return Refusal(
        status, {"error": {"message": message, "type": kind, "param": None, "code": code}}, headers
    )


def google(mode: str) -> Refusal | None:
    """Of the Gemini API."""
    if mode not in _GOOGLE:
        return None
    status, word, message, limit = _GOOGLE[mode]
    details: list[dict[str, Any]] = []
    if limit == "day":
        violation = {"quotaMetric": "requests", "quotaId": "GenerateRequestsPerDayPerProject"}
        details = [{"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]}]
    elif limit:
        details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": limit}]
    error = {"code": status, "message": message, "status": word, "details": details}
    return Refusal(status, {"error": error}, {})
