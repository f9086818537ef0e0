"""One agent's orders: what to run, and how to read how it ended."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from workflows.orders.files import tuples


class AgentReport(NamedTuple):
    """How to read what an agent says of its own run: paths of `workflows.transcript.paths`, empty for "not told".

    `format` is `lines` (an object a line: words count where they stand last, tokens and cost are added up), `json` (the last
    object has it all) or `text` (the last lines are the summary). `error` tells that it failed, `status` the HTTP status of its
    model's answer, `refused` that its model declined.
    """

    format: str = "text"
    summary: str = ""
    cost: str = ""
    tokens: tuple[str, ...] = ()
    error: str = ""
    status: str = ""
    refused: str = ""


class Fallback(NamedTuple):
    """The agent with another model: what of its orders is different then."""

    model: str
    command: tuple[str, ...] = ()
    resume: tuple[str, ...] = ()
    environment: Mapping[str, str] = MappingProxyType({})


class AgentOrders(NamedTuple):
    """One agent, resolved: what to run and how to read how it ended. Times are seconds, costs dollars.

    `command` is an argument list in which `{prompt}`, `{prompt_file}`, `{model}` and `{budget}` stand for their values; without the
    first two the task is its standard input. `resume` replaces it when the agent is started again after parking. `fallbacks` are tried in
    their order when a model is at its limit or is not there. `stream` names the
    dialect in which its output is shown to people. `files` are laid into its HOME, `droppings` are its own files in the work tree, as
    patterns of a `.gitignore` at its root: they are never committed. `idle` is how long it may print and change nothing, 0 for ever.

    The `*_patterns` are regular expressions over what it says of its failure, `codes` reasons of exit codes; `zero_fails` tells
    that its patterns count although it exited with 0.
    """

    name: str
    command: tuple[str, ...]
    resume: tuple[str, ...] = ()
    environment: Mapping[str, str] = MappingProxyType({})
    files: Mapping[str, str] = MappingProxyType({})
    model: str = ""
    timeout: int = 3600
    park: int = 3600
    budget: float = 0.0
    idle: int = 0
    auth_patterns: tuple[str, ...] = ()
    rate_patterns: tuple[str, ...] = ()
    budget_patterns: tuple[str, ...] = ()
    context_patterns: tuple[str, ...] = ()
    model_patterns: tuple[str, ...] = ()
    refusal_patterns: tuple[str, ...] = ()
    failure_patterns: tuple[str, ...] = ()
    codes: Mapping[str, str] = MappingProxyType({})
    zero_fails: bool = False
    droppings: tuple[str, ...] = ()
    stream: str = ""
    report: AgentReport = AgentReport()
    fallbacks: tuple[Fallback, ...] = ()

    @property
    def choices(self) -> tuple[Fallback, ...]:
        """Itself and its fallbacks: the first as long as it can."""
        return (Fallback(self.model, self.command, self.resume, self.environment), *self.fallbacks)

    def dump(self) -> dict[str, Any]:
        """As JSON has it."""
        told = self._asdict() | {
            "environment": dict(self.environment),
            "files": dict(self.files),
            "codes": dict(self.codes),
            "report": self.report._asdict(),
            "fallbacks": [
                each._asdict() | {"environment": dict(each.environment)} for each in self.fallbacks
            ],
        }
        return told if self.fallbacks else {key: value for key, value in told.items() if key != "fallbacks"}

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Self:
        """From JSON. Raises TypeError or KeyError for what no `dump` wrote."""
        told = tuples(raw)
        told["report"] = AgentReport(**tuples(told["report"]))
        told["fallbacks"] = tuple(Fallback(**tuples(each)) for each in told.get("fallbacks", ()))
        return cls(**told)
