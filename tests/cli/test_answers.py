"""The story of a question, as docs/guide.md tells it."""

import pytest


def test_a_question_is_answered_from_the_inbox(gastown):
    """Sling, read what it asks, answer, and it is merged."""
    gastown.rig("--prefix", "app")
    assert 1 == gastown("sling", "app-4", "app", "--name", "nux", "--wait").code
    asks = gastown("inbox").out
    assert (
        "✗ app-4 (Asks)\n    Escalated: which colour?\n  → answer it with `gastown answer app-4 'WORDS'`"
        in asks
    )

    told = gastown("answer", "app-4", "blue")

    assert (0, "polecat/nux goes on with your answer\n") == (told.code, told.out), told.err
    assert 0 == gastown("convoy", "watch", "nux").code
    assert "Nothing waits for you.\n" == gastown("inbox").out


def test_held_work_is_looked_at_rejected_and_landed(gastown):
    """`--hold` merges nothing by itself: reject, look again, land."""
    gastown.rig("--prefix", "app")
    held = gastown("sling", "app-1", "app", "--name", "nux", "--hold", "--wait")
    assert (0, True) == (held.code, "convoy nux: 0 done, 1 held" in held.out), held.err
    assert "✗ app-1 (Lay the ground)\n    Held: " in gastown("inbox").out
    assert "+app-1" in gastown("diff", "app-1").out

    assert 0 == gastown("reject", "app-1", "-m", "shorter").code

    assert "1 held" in gastown("convoy", "watch", "nux").out
    assert "+short" in gastown("diff", "app-1").out
    landed = gastown("land", "app-1", "--wait")
    assert (0, True) == (landed.code, "convoy/nux lands app-1\n" in landed.out), landed.err
    assert "short" == gastown.git("show", "main:app-1.txt")
    assert "nothing of it is held" in gastown("land", "app-1").error


def test_the_inbox_is_there_for_programs(look):
    """One object a need."""
    [need] = look("inbox", "-o", "json").json
    assert ("app-4", "Escalated: which colour?") == (need["what"], need["why"])


@pytest.mark.parametrize(
    ("words", "error"),
    [
        pytest.param(("app-1", "blue"), "bead app-1: nobody asks, it is Done;", id="nobody asks"),
        pytest.param(("app-4", " "), "the answer is empty;", id="empty"),
        pytest.param(("app-77", "blue"), "polecat app-77:", id="unknown"),
    ],
)
def test_what_answers_nothing_is_refused(look, words, error):
    """An answer that no agent would hear is no answer."""
    ran = look("answer", *words)
    assert ran.code
    assert error in ran.err
