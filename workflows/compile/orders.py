"""What a train and its tasks are told: their orders, from the convoy, its rig and its refinery."""

from crds import BeadStore, Convoy, Refinery, Rig
from workflows.agents import chosen, resolve
from workflows.compile import texts
from workflows.compile.pages import pages
from workflows.compile.pulls import pull_orders, slings
from workflows.compile.request import Request
from workflows.errors import ConvoyRefused
from workflows.orders import AgentOrders, Gate, TaskOrders, TrainOrders
from workflows.plan import Task
from workflows.polecats import polecat_name
from workflows.refs import work_branch


def train_orders(request: Request) -> TrainOrders:
    """What holds for every bead of the convoy, from the convoy, its rig and its refinery, in this order."""
    convoy, rig, refinery = request.convoy, request.rig, request.refinery
    branch = base_branch(convoy, rig, refinery)
    taken_up = [each.id for each in convoy.spec.beads if each.unworked]
    if taken_up and (convoy.spec.held or not request.merges):
        raise ConvoyRefused(
            f"bead {taken_up[0]}: nothing is merged in convoy {convoy.metadata.name}, and no agent works it; leave out held, and let "
            "mergeStrategy and the refinery's mode merge"
        )
    created = convoy.metadata.creation_timestamp
    gates, people = refinery.spec.own_gates or rig.spec.gates, rig.spec.commits
    shown = pages(rig)
    return TrainOrders(
        convoy=convoy.metadata.name,
        rig=rig.metadata.name,
        repository=rig.spec.git_url,
        base=branch,
        target=branch,
        created=created.isoformat() if created else "",
        agent=_agent(request),
        merge=refinery.spec.mode if request.merges else "none",
        style=refinery.spec.style,
        gates=tuple(
            Gate(name=g.name, command=g.command, timeout=g.timeout_seconds, parallel=g.parallel)
            for g in gates
        ),
        flaky=refinery.spec.flaky_retries,
        batch=1 if refinery.spec.mode == "pr" else refinery.spec.batch_size,
        rounds=refinery.spec.conflict_rounds,
        depth=rig.spec.clone.depth,
        filter=rig.spec.clone.filter,
        beads=rig.spec.beads_path if rig.spec.write_back or _asked(request.store) else "",
        host_keys=rig.spec.ssh_strict_host_key_checking,
        author=people.author or request.settings.author,
        email=people.author_email or request.settings.email,
        committer=people.committer,
        committer_email=people.committer_email,
        sign_off=people.sign_off,
        sign=people.signing_key_secret_ref is not None,
        parallelism=refinery.spec.parallelism,
        key_for=request.key_for or rig.spec.git_url,
        protected=convoy.spec.source.protected_paths if convoy.spec.source else (),
        source=convoy.spec.source.shown if convoy.spec.source else "",
        pulls=pull_orders(rig, refinery) if refinery.spec.mode == "pr" and request.merges else None,
        commit_page=shown.commit,
        branch_page=shown.branch,
        uid=convoy.metadata.uid,
        branches=rig.spec.work_branches or (),
        slings=slings(rig),
        waits=convoy.spec.source is not None and bool(convoy.spec.beads),
    )


def task_orders(task: Task, convoy: Convoy, rig: Rig) -> TaskOrders:
    """What holds for one bead of it."""
    polecat = polecat_name(convoy, rig, bead=task.bead.id, task=task.name)
    answers = [each for each in convoy.spec.answers if each.bead == task.bead.id]
    unworked = task.unworked
    reverts = unworked.reverts if unworked else None
    return TaskOrders(
        task=task.name,
        bead=task.bead.id,
        title=task.bead.title or task.bead.id,
        prompt=texts.prompt(task.bead, polecat, answers),
        branch=(unworked.branch if unworked else None) or work_branch(task.bead.id),
        polecat=polecat,
        priority=task.bead.priority,
        rejected=answers[-1].rejects if answers else "",
        taken_up=unworked is not None or (task.published and not convoy.spec.held),
        reverts=f"{reverts.convoy}/{reverts.bead}" if reverts else "",
        by_hand=unworked is not None and unworked.by_hand,
    )


def base_branch(convoy: Convoy, rig: Rig, refinery: Refinery) -> str:
    """The branch that work starts from and is merged into: one branch, so that a bead sees what it depends on."""
    return convoy.spec.base_branch or home_branch(rig, refinery)


def home_branch(rig: Rig, refinery: Refinery | None) -> str:
    """The branch that work on a rig is merged into where the convoy names none."""
    named = (
        refinery.spec.target_branch if refinery and "target_branch" in refinery.spec.model_fields_set else ""
    )
    return named or rig.spec.base_branch


def _asked(store: BeadStore | None) -> bool:
    return store is not None and store.spec.write_back


def _agent(request: Request) -> AgentOrders:
    asked = request.convoy.spec.budget
    name, config = chosen(request.convoy, request.rig)
    return resolve(name, config, request.agents, budget=asked.per_bead_usd if asked else 0.0)
