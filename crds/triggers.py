"""Triggers: which events of a forge sling work at a rig by themselves, and what they sling.

A rule matches when its event is the right one and each list that it gives matches; an empty list asks for
nothing. `actors` is the exception, because the text of an issue becomes a prompt: empty means accounts that may
write to the repository, as the forge says at that moment.
"""

from typing import Annotated, Literal

from pydantic import Field

from crds import shapes
from crds.agents import AgentConfig
from crds.budgets import Budget
from crds.lists import Keyed
from crds.names import AgentName, Text, Word
from crds.quantities import Duration
from crds.rules import Rule
from crds.wire import Wire

Event = Literal[
    "IssueOpened",
    "IssueLabelled",
    "Comment",
    "PullRequestComment",
    "ChangesRequested",
    "CheckFailed",
    "Push",
    "Schedule",
    "CloudEvent",
]
MergeStrategy = Literal["merged", "published"]
Theme = Literal["mad-max", "minerals", "wasteland"]

ON_ISSUES = ("IssueOpened", "IssueLabelled", "Comment")
"""Events that are about an issue, and so about one with labels."""

BY_COMMAND = ("Comment", "PullRequestComment")
"""Events in which somebody writes a command."""

BY_PEOPLE = (*ON_ISSUES, "PullRequestComment", "ChangesRequested")
"""Events that an account of the forge brings about, whose right is asked for."""

Globs = Annotated[tuple[Word, ...], Field(max_length=64)]


class Rate(Wire):
    """How many of something in how long."""

    max: Annotated[int, Field(ge=1, le=10000)]
    """How many there may be."""

    per: Duration = "1h"
    """In which length of time."""


class Sling(Wire):
    """The convoy that a trigger makes; what is absent is as in any convoy of the rig."""

    title: Annotated[str, Field(max_length=500)] = ""
    """The title of the bead; the issue's when absent."""

    description: Text = ""
    """The task of the bead; the issue's text when absent. A Push without it slings the beads that the push
    made ready.
    """

    priority: Annotated[int, Field(ge=0, le=4)] = 2
    """The priority of the bead, 0 first."""

    agent: AgentName | None = None
    """The agent that works the beads; the rig's when absent."""

    agent_config: AgentConfig | None = None
    """How the agent is set up; the rig's when absent."""

    merge_strategy: MergeStrategy = "merged"
    """Whether dependents wait for the merge or only for the published branch."""

    namepool_theme: Theme | None = None
    """The theme of the polecats' names; the rig's when absent."""

    parallelism: Annotated[int, Field(ge=0)] = 0
    """How many polecats of the convoy run at once; 0 sets no limit of its own."""

    budget: Budget | None = None
    """What the convoy may spend."""

    deadline: Duration = ""
    """How long the convoy may take; no limit when absent."""


class Trigger(Wire):
    """One rule: this event slings that convoy."""

    name: Annotated[str, Field(min_length=1, max_length=63, pattern=shapes.LABEL.pattern)]
    """The name in logs and in the label of the convoys it made."""

    event: Event
    """What must have happened in the forge, Schedule for a time that came, or CloudEvent for anything that arrives as one."""

    labels: Annotated[tuple[Word, ...], Field(max_length=32)] = ()
    """The issue carries one of these labels; for IssueLabelled, the label just added is one of them."""

    remove_label: bool = True
    """Whether the label comes off once an IssueLabelled convoy is made, so that adding it again slings again."""

    branches: Annotated[tuple[Word, ...], Field(max_length=32)] = ()
    """The branch that was pushed matches one of these globs, such as release/*; the rig's base branch when absent."""

    paths: Annotated[tuple[Word, ...], Field(max_length=32)] = ()
    """The push changed a file that matches one of these globs."""

    command: Annotated[str, Field(max_length=64, pattern=shapes.COMMAND_OR_NONE.pattern)] = ""
    """The comment starts with this word, such as /sling; the rest of its line goes to the agent."""

    checks: Globs = ()
    """The check that failed matches one of these globs; any check when absent."""

    schedule: Annotated[str, Field(max_length=128, pattern=shapes.CRON_OR_NONE.pattern)] = ""
    """When a Schedule slings, in UTC: minute, hour, day of the month, month, day of the week."""

    event_type: Annotated[str, Field(max_length=256, pattern=shapes.EVENT_TYPE.pattern)] = ""
    """The `type` attribute of the CloudEvent; with * at its end, of all whose type starts so."""

    actors: Annotated[tuple[Word, ...], Field(max_length=128)] = ()
    """Who may trigger it: account names, or * for everybody; when empty, accounts that may write to the repository.

    A name means the account that bore it when it first triggered something.
    """

    untrusted: Literal["Refuse", "Allow"] = "Refuse"
    """Allow lets actors hold *: what anybody's text leads to is never merged without a person."""

    rate: Rate | None = None
    """How many convoys one sender may trigger in how long; 10 in an hour when absent."""

    protected_paths: Globs | None = None
    """Files that its convoys may not change without a person; the rig's protectedPaths when absent."""

    sling: Sling = Field(default_factory=Sling)
    """What to sling."""

    rules = (
        Rule(
            cel="self.event != 'IssueLabelled' || (has(self.labels) && size(self.labels) > 0)",
            message="must name at least one label for an IssueLabelled event",
            holds=lambda trigger: trigger.event != "IssueLabelled" or bool(trigger.labels),
            field="labels",
        ),
        Rule(
            cel=f"!(self.event in {list(BY_COMMAND)}) || (has(self.command) && self.command != '')",
            message="must be given for a comment: the word that it starts with, such as /sling",
            holds=lambda trigger: trigger.event not in BY_COMMAND or bool(trigger.command),
            field="command",
        ),
        Rule(
            cel="self.event != 'CloudEvent' || (has(self.eventType) && self.eventType != '')",
            message="must be given for a CloudEvent: the type attribute to match",
            holds=lambda trigger: trigger.event != "CloudEvent" or bool(trigger.event_type),
            field="eventType",
        ),
        Rule(
            cel="self.event != 'Schedule' || (has(self.schedule) && self.schedule != '')",
            message="must be given for a Schedule: five fields as in a crontab, such as 0 3 * * *",
            holds=lambda trigger: trigger.event != "Schedule" or bool(trigger.schedule),
            field="schedule",
        ),
        Rule(
            cel=f"self.event in {list(ON_ISSUES)} || !has(self.labels) || size(self.labels) == 0",
            message=f"have a meaning for {', '.join(ON_ISSUES)} only: nothing else is about an issue",
            holds=lambda trigger: trigger.event in ON_ISSUES or not trigger.labels,
            field="labels",
        ),
        Rule(
            cel=f"self.event in {list(BY_PEOPLE)} || !has(self.actors) || size(self.actors) == 0",
            message=f"have a meaning for {', '.join(BY_PEOPLE)} only: a push needs the right to write, and no person sends the rest",
            holds=lambda trigger: trigger.event in BY_PEOPLE or not trigger.actors,
            field="actors",
        ),
        Rule(
            cel="!has(self.actors) || !self.actors.exists(each, each == '*')"
            " || (has(self.untrusted) && self.untrusted == 'Allow')",
            message="must be Allow where actors holds *: then anybody's text becomes a prompt",
            holds=lambda trigger: "*" not in trigger.actors or trigger.untrusted == "Allow",
            field="untrusted",
        ),
        Rule(
            cel="!has(self.actors) || !self.actors.exists(each, each == '*') || (has(self.sling)"
            " && has(self.sling.budget) && has(self.sling.budget.totalUSD) && self.sling.budget.totalUSD > 0.0)",
            message="must have a budget with totalUSD where actors holds *: anybody could spend your money",
            holds=lambda trigger: (
                "*" not in trigger.actors
                or (trigger.sling.budget is not None and trigger.sling.budget.total_usd > 0)
            ),
            field="sling",
        ),
        Rule(
            cel="!(self.event in ['CloudEvent', 'Schedule']) || (has(self.sling)"
            " && has(self.sling.description) && self.sling.description != '')",
            message="must have a description for a CloudEvent or Schedule: no issue tells the agent what to do",
            holds=lambda trigger: (
                trigger.event not in ("CloudEvent", "Schedule") or bool(trigger.sling.description)
            ),
            field="sling",
        ),
    )


Triggers = Annotated[tuple[Trigger, ...], Field(max_length=64), Keyed("name")]
