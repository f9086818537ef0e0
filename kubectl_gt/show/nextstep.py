"""What a person can do about a bead that failed, by the reason that it failed for."""

from kubectl_gt.show.snapshot import Row

NEXT = {
    "NoChanges": "say in the bead's text what shall be different, then `{program} sling {bead} {rig}`",
    "Escalated": "answer it with `{program} answer {bead} 'WORDS'`",
    "Held": "look at it with `{program} diff {bead}`, then `{program} land {bead}` or `{program} reject {bead} -m 'WORDS'`",
    "AwaitingReview": "review its pull request: approve it, ask for changes, merge or close it there; {resume} where its convoy has ended",
    "AuthFailed": "mend the key to the repository, then {resume}",
    "CredentialsExpired": "log the agent in, then `{program} auth sync` and {resume}",
    "RateLimited": "wait until the limit is over, then {resume}",
    "BudgetExceeded": "allow more with `{program} convoy resume {convoy} --budget DOLLARS`",
    "TimedOut": "split the bead, or give the agent more time with agentConfig.timeout, then {resume}",
    "AgentMissing": "install the agent, or name another with `{program} rig set {rig} --agent NAME`, then {resume}",
    "Refused": "say in the bead's text what it is for, or choose another model with `{program} rig set {rig} --model NAME`, then {resume}",
    "ContextExceeded": "split the bead, or choose a model with a larger context with `{program} rig set {rig} --model NAME`, then {resume}",
    "ModelMissing": "name a model that the provider has with `{program} rig set {rig} --model NAME`, then {resume}",
    "Conflict": "merge the base branch into {branch} by hand and push it, then {resume}",
    "GateFailed": "see what the gate said in `{program} polecat logs {polecat} -c gates`; {resume} gives it to the agent, "
    "`{program} mq retry {bead}` runs the gates again",
    "Rejected": "let the server take a push to the base branch, or name another with --base-branch, then {resume}",
    "Claimed": "wait for the end of the convoy that has it, or stop it there, then {resume}",
    "Declined": "open its pull request again on the forge, or say in the bead's text what shall be different, then {resume}",
    "Terminated": "{resume} when it shall be worked after all",
    "Stopped": "{resume} when it shall be worked after all",
}
"""The next step of each reason; `OTHERWISE` for what is not here."""

BY_HAND = {
    "Conflict": "merge the base branch into {branch} by hand and push it, then `{program} mq retry {bead}`",
    "GateFailed": "see what the gate said in `{program} polecat logs {polecat} -c gates`, push what mends it to {branch}, then "
    "`{program} mq retry {bead}`",
}
"""The same where no agent takes it up."""

OTHERWISE = "read `{program} polecat logs {polecat}`, then {resume}"


def resumes(row: Row) -> bool:
    """Whether the convoy is gone on with as it is, once that is done."""
    step = _step(row)
    return "{resume}" in step or "convoy resume" in step


def next_step(row: Row, *, convoy: str, program: str) -> str:
    """The step as a sentence with commands to copy. `convoy` is empty for a polecat that was made by hand."""
    return _step(row).format(
        program=program,
        convoy=convoy,
        bead=row.bead,
        rig=row.rig,
        polecat=f"{row.rig}/{row.polecat}" if row.rig else row.polecat,
        branch=row.branch or "its branch",
        resume=f"`{program} convoy resume {convoy}`" if convoy else f"sling {row.bead} again",
    )


def _step(row: Row) -> str:
    own = BY_HAND if row.by_hand else {}
    return own.get(row.reason) or NEXT.get(row.reason, OTHERWISE)
