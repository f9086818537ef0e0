"""Triggers: which events of a forge sling work at a rig by themselves, and what they sling.

A rule matches when its event is the right one and each list that it gives matches; an empty list asks for
nothing. `actors` is the exception, because the text of an issue becomes a prompt: empty means people that the
forge knows as members.
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

Event = Literal["IssueOpened", "IssueLabelled", "Comment", "Push", "CloudEvent"]
MergeStrategy = Literal["merged", "published"]
Theme = Literal["mad-max", "minerals", "wasteland"]


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
    """What must have happened in the forge, or CloudEvent for anything that arrives as one."""

    labels: Annotated[tuple[Word, ...], Field(max_length=32)] = ()
    """The issue carries one of these labels; for IssueLabelled, the label just added is one of them."""

    branches: Annotated[tuple[Word, ...], Field(max_length=32)] = ()
    """The branch that was pushed matches one of these globs, such as release/*."""

    paths: Annotated[tuple[Word, ...], Field(max_length=32)] = ()
    """The push changed a file that matches one of these globs."""

    command: Annotated[str, Field(max_length=64, pattern=shapes.COMMAND_OR_NONE.pattern)] = ""
    """The comment starts with this word, such as /sling; the rest of its line goes to the agent."""

    event_type: Annotated[str, Field(max_length=256)] = ""
    """The `type` attribute of the CloudEvent."""

    actors: Annotated[tuple[Word, ...], Field(max_length=128)] = ()
    """Who may trigger it: account names, or * for everybody; when empty, members and collaborators of the
    repository.
    """

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
            cel="self.event != 'Comment' || (has(self.command) && self.command != '')",
            message="must be given for a Comment event: the word that it starts with, such as /sling",
            holds=lambda trigger: trigger.event != "Comment" or bool(trigger.command),
            field="command",
        ),
        Rule(
            cel="self.event != 'CloudEvent' || (has(self.eventType) && self.eventType != '')",
            message="must be given for a CloudEvent: the type attribute to match",
            holds=lambda trigger: trigger.event != "CloudEvent" or bool(trigger.event_type),
            field="eventType",
        ),
    )


Triggers = Annotated[tuple[Trigger, ...], Field(max_length=64), Keyed("name")]
