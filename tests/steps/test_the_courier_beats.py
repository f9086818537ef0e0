"""The courier is alive while git is busy with a file of gigabytes: `main` must not take it for dead."""

from workflows.steps.courier.watch import Beat


def test_it_beats_beside_what_keeps_it_busy(tmp_path, until):
    """Without being called."""
    file = tmp_path / "beat"
    with Beat(file).beside():
        until(file.exists)
        first = file.stat().st_mtime_ns
        until(lambda: file.stat().st_mtime_ns > first)
