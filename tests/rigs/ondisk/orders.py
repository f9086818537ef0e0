"""A rig's repository and the orders for it, as compile writes them, with the steps that read them."""

from pathlib import Path

from ondisk.programs import Programs
from ondisk.repository import Repository
from workflows.orders import TRAIN_FILE, AgentOrders, TaskOrders, TrainOrders, task_file

CHECKOUT = Path(__file__).parents[3]


class Ordered(Repository):
    """One rig with its repository, and one train of beads."""

    def __init__(self, root: Path, programs: Programs, *, readme: str) -> None:
        super().__init__(root, readme=readme)
        self.programs = programs
        self.tasks = root / "tasks"
        self.environ |= {
            "PYTHONPATH": str(CHECKOUT),
            "GASTOWN_TASKS": str(self.tasks),
            "GASTOWN_TERMINATION_LOG": str(root / "last-words"),
        }
        self.tasks.mkdir()

    def write_train(self, **told: object) -> None:
        """Write the train's orders: what is told, and else those of an agent that does nothing."""
        usual: dict[str, object] = {
            "convoy": "cv",
            "rig": "rig",
            "repository": str(self.origin),
            "base": "main",
            "target": "main",
            "created": "2026-01-01T00:00:00Z",
            "agent": AgentOrders(name="fake", command=("true",)),
        }
        self.train = TrainOrders(**{**usual, **told})
        (self.tasks / TRAIN_FILE).write_text(self.train.dump())

    def write_task(self, bead: str, **told: object) -> TaskOrders:
        """Write the orders of one bead, whose task is named like it."""
        usual: dict[str, object] = {
            "title": f"Do {bead}",
            "prompt": f"Work on {bead}.",
            "branch": f"polecat/{bead}",
            "polecat": "max",
        }
        task = TaskOrders(task=bead, bead=bead, **{**usual, **told})
        (self.tasks / task_file(bead)).write_text(task.dump())
        return task

    def refs(self) -> dict[str, str]:
        """All refs of the repository."""
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return dict(line.split(" ") for line in lines)

    def last_words(self) -> str:
        """What Kubernetes would show of a failed container."""
        return (self.root / "last-words").read_text()
