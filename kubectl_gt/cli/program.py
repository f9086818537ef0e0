"""The program: every verb with its one line of help, in the order in which a newcomer needs them."""

import click

from kubectl_gt.cli.command import place_options, version_option
from kubectl_gt.cli.lazy import Entry, Verbs
from kubectl_gt.exits import MEANINGS

_HERE = "kubectl_gt.commands"

_RIG = {
    "create": Entry(f"{_HERE}.rig.create:create", "Make a rig of a repository."),
    "list": Entry(f"{_HERE}.rig.show:list_", "List the rigs."),
    "status": Entry(f"{_HERE}.rig.show:status", "Show one rig."),
    "connect": Entry(f"{_HERE}.forge.connect:connect_", "Connect a rig to its forge: token, webhook, ping."),
    "set": Entry(f"{_HERE}.rig.set:set_", "Change a rig: gates, agent, limits, base branch."),
    "delete": Entry(f"{_HERE}.rig.show:delete", "Forget a rig; its repository stays."),
}
_CONVOY = {
    "create": Entry(f"{_HERE}.convoy.create:create", "Make a convoy of beads and start it."),
    "add": Entry(f"{_HERE}.convoy.add:add", "Add beads to a convoy that has not ended."),
    "list": Entry(f"{_HERE}.convoy.show:list_", "List the convoys."),
    "status": Entry(f"{_HERE}.convoy.show:status", "Show one convoy and each of its beads."),
    "graph": Entry(f"{_HERE}.convoy.show:graph", "Draw the graph of its beads: text, mermaid or dot."),
    "report": Entry(f"{_HERE}.convoy.report:report", "Report on it: Markdown, one html page or JSON."),
    "watch": Entry(f"{_HERE}.convoy.run:watch", "Watch it until it ends."),
    "resume": Entry(f"{_HERE}.convoy.run:resume", "Go on with what is left of it."),
    "stop": Entry(f"{_HERE}.convoy.run:stop", "End its agents; their work so far is pushed."),
    "delete": Entry(f"{_HERE}.convoy.run:delete", "Forget it; what it merged stays."),
}
_POLECAT = {
    "list": Entry(f"{_HERE}.polecat:list_", "List the polecats, of one rig or of all."),
    "status": Entry(f"{_HERE}.polecat:status", "Show one polecat."),
    "logs": Entry(f"{_HERE}.polecat:logs", "Print what its agent printed."),
    "nuke": Entry(f"{_HERE}.polecat:nuke", "End it for good; its branch stays."),
}
_QUEUE = {
    "list": Entry(f"{_HERE}.mq.show:list_", "List what waits to be merged."),
    "status": Entry(f"{_HERE}.mq.show:status", "Show one entry, or how each queue stands."),
    "submit": Entry(f"{_HERE}.mq.submit:submit", "Merge a branch of your own by the same gates."),
    "retry": Entry(f"{_HERE}.mq.steer:retry", "Merge again what was refused, without an agent."),
    "reject": Entry(f"{_HERE}.mq.steer:reject", "Take work out: back to its agent, or for good."),
}
_BEADS = {
    "ready": Entry(f"{_HERE}.beads:ready", "List the beads that could be slung now."),
    "show": Entry(f"{_HERE}.beads:show", "Show one bead."),
    "import": Entry(f"{_HERE}.forge.importing:import_", "Make beads of a forge's issues."),
}
_EVENTS = {
    "serve": Entry(f"{_HERE}.events:serve", "Take webhooks for this machine's rigs."),
    "poll": Entry(f"{_HERE}.events:poll", "Ask the forges what happened, without webhooks."),
}
_TRIGGER = {
    "list": Entry(f"{_HERE}.trigger:list_", "List the triggers of a rig."),
    "test": Entry(f"{_HERE}.trigger:test", "Show what a delivery would sling."),
    "explain": Entry(f"{_HERE}.trigger:explain", "Tell why an event slung nothing."),
}
_AUTH = {
    "sync": Entry(f"{_HERE}.auth:sync", "Bring the agent's log-in to the cluster."),
    "status": Entry(f"{_HERE}.auth:status", "Tell which log-in the agents use."),
}

program = Verbs(
    "gastown",
    help="Many coding agents at once: beads become a graph, agents work it, a merge queue lands it.",
    epilog="Exit codes: " + "; ".join(f"{code.value} {meaning}" for code, meaning in MEANINGS.items()) + ".",
    params=[*place_options(hidden=False), version_option()],
    table={
        "demo": Entry(f"{_HERE}.demo:demo", "Watch eight beads become merged commits, without a model."),
        "status": Entry(
            f"{_HERE}.status:status", "Show what needs you, what runs, and what was merged today."
        ),
        "inbox": Entry(
            f"{_HERE}.inbox.show:inbox", "List what waits for a person, with the step that answers it."
        ),
        "land": Entry(f"{_HERE}.inbox.land:land", "Let held work into the target."),
        "reject": Entry(f"{_HERE}.inbox.land:reject", "Send held work back to its agent, with your words."),
        "revert": Entry(f"{_HERE}.inbox.revert:revert", "Take back what was merged of a bead."),
        "answer": Entry(
            f"{_HERE}.inbox.answer:answer", "Answer an agent's question; it goes on from its branch."
        ),
        "top": Entry(f"{_HERE}.town.top:top", "Watch the whole town live, and steer it by keys."),
        "doctor": Entry(f"{_HERE}.doctor:doctor", "Check all that must be right, with the fix for each."),
        "rig": Verbs("rig", help="Repositories that beads are worked on.", table=_RIG),
        "sling": Entry(f"{_HERE}.sling:sling", "Hand beads, or a task in words, to polecats."),
        "convoy": Verbs("convoy", help="Beads that are worked and merged together.", table=_CONVOY),
        "polecat": Verbs("polecat", help="Agents at work, one to a bead.", table=_POLECAT),
        "diff": Entry(f"{_HERE}.diff:diff", "Show what a polecat's branch changes."),
        "mq": Verbs(
            "mq",
            help="The merge queue.",
            table=_QUEUE,
        ),
        "beads": Verbs("beads", help="The issues of a rig.", table=_BEADS),
        "events": Verbs("events", help="What happens on forges and slings by itself.", table=_EVENTS),
        "trigger": Verbs("trigger", help="The rules by which events sling.", table=_TRIGGER),
        "agents": Verbs(
            "agents",
            help="Coding agents that can be named.",
            table={
                "list": Entry(f"{_HERE}.agents:list_", "List the agents and whether they are installed."),
                "show": Entry(f"{_HERE}.agents:show", "Show one agent and how it is given a model."),
            },
        ),
        "costs": Entry(f"{_HERE}.town.costs:costs", "Show what agents spent."),
        "notify": Entry(f"{_HERE}.town.notify:notify", "Name the command that calls you."),
        "auth": Verbs("auth", help="The agents' log-in.", table=_AUTH),
        "completion": Entry(
            f"{_HERE}.completion:completion", "Print the script that completes names in a shell."
        ),
        "version": Entry(f"{_HERE}.version:version", "Print the version."),
        "options": Entry(f"{_HERE}.help:options", "List the options that every verb takes."),
        "help": Entry(f"{_HERE}.help:help_", "Show the help of a verb."),
    },
)


def command(*path: str) -> click.Command:
    """A verb by its path, imported. Raises KeyError for one that does not exist."""
    found: click.Command = program
    for name in path:
        group = found
        member = group.get_command(click.Context(group), name) if isinstance(group, Verbs) else None
        if member is None:
            raise KeyError(name)
        found = member
    return found
