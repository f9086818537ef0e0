"""Issues of a forge as lines of a bead file. Pure: which lines are new, never which file."""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forges.model import Issue, IssueNumber
from workflows.errors import BeadsUnreadable

Line = Mapping[str, Any]

_BLOCKED = re.compile(
    r"\b(?:blocked\s+(?:by|on)|depends\s+on)\s*:?\s+((?:#\d{1,9}(?:\s*(?:,|and|&)\s*)*)+)", re.IGNORECASE
)
_NUMBER = re.compile(r"#(\d{1,9})")
_PRIORITY = re.compile(r"(?:p|prio|priority)[\s:/-]*([0-4])", re.IGNORECASE)
TYPES = {"bug": "bug", "feature": "feature", "enhancement": "feature", "chore": "chore", "task": "task"}


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import adds to a bead file."""

    lines: tuple[Line, ...]
    known: int
    """Issues that have a bead already, which stays as it is."""
    unmet: tuple[tuple[IssueNumber, IssueNumber], ...]
    """Issues and what they say blocks them, where that is none of the open issues: it is taken to be done."""


def imported(issues: Iterable[Issue], existing: Sequence[Line], *, prefix: str) -> Imported:
    """The lines of issues that have no bead yet. An issue is known again by its address, `external_ref`."""
    open_issues = sorted(issues, key=lambda issue: issue.number)
    references = {str(each.get("external_ref") or ""): str(each["id"]) for each in existing}
    taken = {str(each["id"]) for each in existing}
    ids: dict[IssueNumber, str] = {}
    for issue in open_issues:
        ids[issue.number] = references.get(issue.url) or _free(f"{prefix}-{issue.number}", taken)
        taken.add(ids[issue.number])
    new = [issue for issue in open_issues if issue.url not in references]
    unmet = [(issue.number, number) for issue in new for number in blockers(issue.body) if number not in ids]
    return Imported(
        lines=tuple(_line(issue, ids) for issue in new),
        known=len(open_issues) - len(new),
        unmet=tuple(unmet),
    )


def blockers(text: str) -> tuple[IssueNumber, ...]:
    """The issues that a text says it waits for: `blocked by #12`, `depends on #3, #4 and #5`."""
    found = (number for each in _BLOCKED.finditer(text) for number in _NUMBER.findall(each.group(1)))
    return tuple(dict.fromkeys(IssueNumber(int(number)) for number in found))


def existing_lines(text: str, *, source: str) -> tuple[Line, ...]:
    """The records of a bead file that is written as lines. Raises BeadsUnreadable for a file of another form."""
    lines = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise BeadsUnreadable(source, number, f"is not JSON: {error}") from error
            if not isinstance(record, dict) or "schema_version" in record:
                raise BeadsUnreadable(
                    source, number, "is no line of a bead file; import adds lines, one issue each"
                )
            if isinstance(record.get("id"), str):
                lines.append(record)
    return tuple(lines)


def _free(wanted: str, taken: Collection[str]) -> str:
    """An id that no bead has: beads made by hand may be counted the same way."""
    prefix, _, number = wanted.rpartition("-")
    name, count = wanted, 0
    while name in taken:
        count += 1
        name = f"{prefix}-issue{'' if count == 1 else count}-{number}"
    return name


def _line(issue: Issue, ids: Mapping[IssueNumber, str]) -> Line:
    own = ids[issue.number]
    needs = [ids[number] for number in blockers(issue.body) if number in ids and number != issue.number]
    lower = [label.lower() for label in issue.labels]
    priorities = [int(found.group(1)) for label in issue.labels if (found := _PRIORITY.fullmatch(label))]
    line: dict[str, Any] = {
        "id": own,
        "title": issue.title,
        "description": issue.body,
        "status": "open",
        "priority": min(priorities, default=2),
        "issue_type": next((TYPES[label] for label in lower if label in TYPES), "task"),
        "labels": list(issue.labels),
        "external_ref": issue.url,
        "created_at": issue.created.isoformat(),
        "updated_at": issue.updated.isoformat(),
    }
    if needs:
        line["dependencies"] = [{"issue_id": own, "depends_on_id": need, "type": "blocks"} for need in needs]
    return line
