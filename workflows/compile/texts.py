"""The texts of a train: prompts and orders, packed into ConfigMaps because a Workflow's spec must hold no user text."""

from collections.abc import Iterable, Mapping

from crds import Answer, Manifest
from workflows import labels
from workflows.beads import Bead
from workflows.errors import ConvoyRefused
from workflows.orders import TRAIN_FILE, TaskOrders, TrainOrders, task_file

CAPACITY = 850_000
"""Bytes in one ConfigMap. Kubernetes refuses more than 1 MiB, names, metadata and what is said while it runs included."""

_RULES = """\
You are {polecat}, a polecat of Gas Town: a coding agent that works on one bead (an issue) by itself, with nobody to ask.

How your work is taken over:
- You are in a clone of the repository, on a branch of your own. Commit your work there, in commits that each make sense.
- Do not push, do not switch branches, do not rewrite commits that were there before you: what you commit is published and merged for you.
- Leave the tests and checks of the repository passing; the merge runs them again.
- If a person has to decide something before the work can go on, write the question to the file named in $GASTOWN_ESCALATE and stop.
"""


def prompt(bead: Bead, polecat: str, answers: Iterable[Answer] = ()) -> str:
    """The whole text that an agent gets for one bead, with what people said since it was last worked."""
    parts = [_RULES.format(polecat=polecat), f"# {bead.title or bead.id}\n\nBead: {bead.id}"]
    sections = (
        ("", bead.description),
        ("Design", bead.design),
        ("Done when", bead.acceptance_criteria),
        ("Notes", bead.notes),
    )
    parts.extend(f"## {title}\n\n{text}" if title else text for title, text in sections if text.strip())
    parts.extend(_said(each) for each in answers)
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _said(answer: Answer) -> str:
    asked = answer.question.strip()
    quoted = "".join(f"> {line}".rstrip() + "\n" for line in asked.splitlines())
    about = f"The bead was worked before, and it ended so:\n\n{quoted}\n" if asked else ""
    return f"## What a person says\n\n{about}The person says:\n\n{answer.words.strip()}"


def tasks_name(workflow: str, number: int = 0) -> str:
    """The ConfigMap with the orders of a Workflow; the first one also takes what is said while it runs."""
    return f"{workflow}-tasks-{number}"


def config_maps(
    workflow: str, train: TrainOrders, tasks: Iterable[TaskOrders], *, metadata: Mapping[str, object]
) -> tuple[Manifest, ...]:
    """ConfigMaps `<workflow>-tasks-<n>` with one file a task and one for the train, as few as their size allows.

    Raises ConvoyRefused for a text that no ConfigMap could hold.
    """
    files = {TRAIN_FILE: train.dump()} | {task_file(task.bead): task.dump() for task in tasks}
    packs: list[dict[str, str]] = [{}]
    used = 0
    for name, text in files.items():
        size = len(name) + len(text.encode())
        if size > CAPACITY:
            raise ConvoyRefused(
                f"{workflow}: the text of {name} has {size} bytes, more than the {CAPACITY} that travel to a pod; shorten it"
            )
        if used + size > CAPACITY:
            packs.append({})
            used = 0
        packs[-1][name] = text
        used += size
    return tuple(
        _config_map(tasks_name(workflow, number), pack, metadata) for number, pack in enumerate(packs)
    )


def semaphore_name(rig: str) -> str:
    """The ConfigMap that limits a rig's polecats, over all its convoys."""
    return f"gastown-rig-{rig}"


def semaphore(name: str, slots: int, *, namespace: str, rig: str) -> Manifest:
    """The ConfigMap that Argo reads a rig's number of polecats from."""
    metadata = {"namespace": namespace, "labels": {labels.MANAGED_BY: labels.MANAGER, labels.RIG: rig}}
    return _config_map(name, {"polecats": str(slots)}, metadata)


def _config_map(name: str, data: dict[str, str], metadata: Mapping[str, object]) -> Manifest:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}, "data": data}
