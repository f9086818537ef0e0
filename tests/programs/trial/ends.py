"""Which reason each agent's end has, for each thing that its model can do: what the tests ask for, and the table in docs/agents.md.

`python -m trial.ends` writes the table anew, `--check` fails where it differs.
"""

import sys

from trial.install import AGENTS, HERE

PAGE = HERE.parent.parent / "docs" / "agents.md"
BEGIN, END = "<!-- ends: made by `make fmt` from what make test-agents asks for -->\n", "<!-- /ends -->\n"

WANTED = {
    "success": {"Completed"},
    "auth401": {"AuthFailed"},
    "forbidden403": {"AuthFailed"},
    "rate429": {"RateLimited"},
    "rate-hour": {"RateLimited"},
    "overload529": {"RateLimited"},
    "money-out": {"BudgetExceeded"},
    "refusal": {"Refused"},
    "question": {"Completed"},
    "overflow": {"ContextExceeded"},
    "no-model": {"ModelMissing"},
    "cut-stream": {"Failed"},
    "silence": {"TimedOut"},
}
"""A question is an end without a change: NoChanges, with the question in its words, once nothing is found to publish."""

SILENT = {"refusal": {"codex", "opencode"}}
"""Ends that these tell by saying nothing: Refused, once nothing is found to publish."""

OWN_WAY = {
    # They wait for the limit themselves, without a word, until they are ended for their silence.
    ("opencode", "rate-hour"): {"TimedOut"},
    ("qwen", "rate-hour"): {"TimedOut"},
    ("qwen", "rate429"): {"TimedOut", "RateLimited"},
    ("qwen", "money-out"): {"TimedOut", "BudgetExceeded"},
    ("qwen", "overload529"): {"TimedOut", "RateLimited"},
    ("opencode", "overload529"): {"TimedOut", "RateLimited"},
    ("opencode", "money-out"): {"TimedOut", "BudgetExceeded"},
    ("gemini", "rate-hour"): {"RateLimited", "TimedOut"},
    # A stream that is not read as one can't be cut: it is a crash of the server that it asks again.
    ("aider", "cut-stream"): {"Failed", "TimedOut", "RateLimited"},
    ("aider", "rate429"): {"RateLimited", "TimedOut"},
    ("aider", "money-out"): {"BudgetExceeded", "TimedOut", "RateLimited"},
    ("claude-code", "cut-stream"): {"Failed", "TimedOut"},
}
"""What an agent makes of it where it can't be brought to tell."""

NAMES = {
    "success": "it does its work",
    "auth401": "401",
    "forbidden403": "403",
    "rate429": "429, for seconds",
    "rate-hour": "429, for an hour",
    "overload529": "529, 503",
    "money-out": "the account is spent",
    "refusal": "the model declines",
    "question": "it asks, and changes nothing",
    "overflow": "the task is too long",
    "no-model": "there is no such model",
    "cut-stream": "the answer breaks off",
    "silence": "no answer comes",
}


def wanted(agent: str, mode: str) -> set[str]:
    """The reasons that an end may have."""
    return OWN_WAY.get((agent, mode), WANTED[mode])


def table() -> str:
    """A row for each thing that the model does, a column for each agent."""
    head = f"| its model | {' | '.join(f'`{agent}`' for agent in AGENTS)} |\n|---|{'---|' * len(AGENTS)}\n"
    return head + "".join(
        f"| {NAMES[mode]} | {' | '.join(_cell(agent, mode) for agent in AGENTS)} |\n" for mode in WANTED
    )


def _cell(agent: str, mode: str) -> str:
    if mode == "question":
        return "NoChanges"
    usual = WANTED[mode]
    found = wanted(agent, mode)
    return " or ".join(sorted(found & usual) + sorted(found - usual))


def main(*, check: bool) -> None:
    """Put the table into its place in the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    made = f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"
    if made == text:
        return
    if check:
        sys.exit(f"{PAGE}: the table of ends is not what the tests ask for; run `make fmt`")
    PAGE.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main(check="--check" in sys.argv)
