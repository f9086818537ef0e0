"""An apiserver that asks for patience gets it: `429 Retry-After` is no answer for who typed the command."""

import pytest


@pytest.mark.parametrize(
    ("refusals", "code", "asked"), [(3, 0, 4), (99, 6, 6)], ids=["for a moment", "for too long"]
)
def test_it_is_asked_again(served, refusals, code, asked):
    """A moment passes unseen; who refuses for too long is named with its own words."""
    requests = []

    def answer(asked):
        """Refuses the first requests as a starting apiserver does, then lists no rigs."""
        requests.append(asked)
        if len(requests) <= refusals:
            return 429, {"kind": "Status", "message": "storage is (re)initializing"}, ("Retry-After", 0)
        return 200, {"items": []}

    ran = served(answer)("rig", "list")
    assert code == ran.code
    assert asked == len(requests)
    assert ("storage is (re)initializing" in ran.err) is bool(code)
