"""Decides what of a batch lands: stack it, run the gates, search for culprits. Knows no network."""

from collections.abc import Callable, Sequence

from workflows.entries import rules
from workflows.exits import Reason
from workflows.refinery.candidate.builder import Builder
from workflows.refinery.candidate.stack import Stack
from workflows.refinery.gates.runner import Red
from workflows.refinery.queue.marks import Result, Results
from workflows.refinery.queue.order import Queued
from workflows.refinery.trial.plan import Fault, Finding
from workflows.refinery.trial.search import BaseRed, Search
from workflows.steps.errors import GateBroken


class Trial:
    """One batch on one target. `gates` runs all gates on a commit; None where the rig has none. `results` are those of earlier steps.

    A tree that was green under the same gates is not tested again: it holds the same files.
    """

    def __init__(
        self,
        builder: Builder,
        gates: Callable[[str, str], Red | None] | None,
        results: Results,
        clock: Callable[[], float],
    ) -> None:
        self._builder = builder
        self._gates = gates
        self._known = results
        self._clock = clock
        self._rules = rules(builder.train)
        self._reds: dict[tuple[Queued, ...], Red] = {}
        self._fresh: list[Result] = []
        self._runs = 0

    def find(self, batch: Sequence[Queued]) -> Finding:
        """Judge a batch. Raises GateBroken when the gates could not run on the target itself."""
        stack = self._builder.stack(batch)
        clean = tuple(each.queued for each in stack.landed)
        if self._gates is None:
            return self._finding(clean, ())
        before = self._known.of(self._builder.tree, self._rules)
        try:
            # The target was red a while ago: whether it still is costs one run, and all others tell nothing before.
            doubt = before is not None and before.red != "" and not before.red_of_late(self._clock())
            verdict = Search(self._green).sound(clean, doubt=doubt)
        except BaseRed:
            return self._blocked(clean)
        return self._finding(verdict.good, tuple(filter(None, map(self._fault, verdict.culprits))))

    def _finding(self, good: tuple[Queued, ...], faults: tuple[Fault, ...]) -> Finding:
        return Finding(
            target=self._builder.target,
            good=tuple(each.tag for each in good),
            tree=self._builder.stack(good).tree,
            faults=faults,
            results=tuple(self._fresh),
            runs=self._runs,
        )

    def _green(self, entries: tuple[Queued, ...]) -> bool:
        stack = self._builder.stack(entries)
        if stack.dropped:
            self._reds.pop(entries[-1:], None)
            return False
        earlier = self._known.of(stack.tree, self._rules)
        if (earlier and not earlier.red) or (entries and stack.tree == self._builder.tree):
            return True
        if earlier and not entries and earlier.red_of_late(self._clock()):
            return False
        red = self._run(stack, " + ".join(each.bead for each in entries) or "the target alone")
        if red:
            self._reds[entries[-1:]] = red
        if not (red and (red.killed or red.missing)):
            found = Result(stack.tree, self._rules, red.words if red else "", int(self._clock()))
            self._fresh.append(found)
            self._known = self._known.having((found,), self._known.size)
        return red is None

    def _run(self, stack: Stack, what: str) -> Red | None:
        self._runs += 1
        return self._gates(stack.tip, what) if self._gates else None

    def _fault(self, queued: Queued) -> Fault | None:
        """What is wrong with a culprit; nothing for one that only conflicts with what is left of the batch."""
        red = self._reds.get((queued,))
        if red is None:
            return None
        reason = Reason.FAILED if red.killed else Reason.GATE_FAILED
        return Fault(queued.tag, reason.word, red.words)

    def _blocked(self, batch: Sequence[Queued]) -> Finding:
        """Nothing of the batch can be judged: the target fails by itself, or the gates can't run at all."""
        red = self._reds.get(())
        if red and red.missing:
            raise GateBroken(
                f"gate {red.gate} {red.how} without any bead too: its command is not in the refinery's image; {red.tail}"
            )
        if red and red.killed:
            raise GateBroken(f"{red.words}; it was so on the target without any bead too")
        known = self._known.of(self._builder.tree, self._rules)
        words = red.words if red else known.red if known else ""
        # The whole batch did not repair the target: its members wait with it, and are not tried one by one.
        alone = {self._builder.stack((each,)).tree for each in batch}
        at = int(self._clock())
        self._fresh += [Result(tree, self._rules, words, at) for tree in alone]
        return self._finding((), ())._replace(target_red=words)
