"""What an event led to never changes the repository's builds, owners or agents by itself."""

import pytest

from workflows import refs


@pytest.mark.parametrize(
    ("file", "globs"),
    [
        (".github/workflows/ci.yml", (".github/**",)),
        ("docs/CODEOWNERS", ("**/CODEOWNERS",)),
        ("CODEOWNERS", ("**/CODEOWNERS",)),
        ("src/a.py", ("**",)),
    ],
)
@pytest.mark.parametrize("committed", [True, False], ids=["committed", "left uncommitted"])
def test_the_work_is_published_and_waits_for_a_person(town, file, globs, committed):
    """The branch has it, the merge queue does not, and the reason names the file."""
    commit = "git add -A && git commit -qm work" if committed else "true"
    town.script(f"mkdir -p $(dirname {file}) && echo x >{file} && {commit}", protected=globs)
    bead = town.bead()
    assert town.polecat().code == 11
    assert town.output("reason") == "Escalated"
    assert file in town.last_words()
    assert town.show(f"polecat/{bead}", file) == "x"
    assert refs.queue("main", bead) not in town.refs()


def test_other_files_are_merged_as_ever(town):
    """The globs are about what they name."""
    town.script("mkdir -p src && echo x >src/github.py", protected=(".github/**", "**/CODEOWNERS"))
    bead = town.bead()
    assert town.polecat().code == 0
    assert refs.queue("main", bead) in town.refs()
