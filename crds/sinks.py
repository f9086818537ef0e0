"""Sinks: the addresses that an operator has told what happens, in the values of the chart and in the settings of gastown-events."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Sink(BaseModel):
    """An address that is told what happened, as CloudEvents."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$")]
    """Its name in logs, metrics and the outbox; another name begins anew."""
    url: Annotated[str, Field(pattern=r"^https?://[^/\s]+")]
    """Where events are posted to."""
    format: Literal["cloudevents", "cdevents"] = "cloudevents"
    """Our own types, or those of CDEvents where it has a word."""
    secret: Annotated[str, Field(pattern=r"^$|^[^/]+/[^/]+$")] = ""
    """Secret and key that requests are signed with after Standard Webhooks, as name/key, of a mounted Secret; unsigned when empty."""
    types: tuple[str, ...] = ("*",)
    """Globs of the types that it is told, such as io.gastown.convoy.*."""
