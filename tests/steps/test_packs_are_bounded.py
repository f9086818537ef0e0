"""What an agent blows up costs its pod neither its memory nor the work that lies beside it."""

import hashlib
import os
import signal
import zlib

import pytest

from workflows.steps.courier.stock import Stock
from workflows.steps.errors import Stopped
from workflows.steps.pod.termination import Termination
from workflows.steps.wall.door import Folder, Unfit
from workflows.transcript.streams import OUT, Stream

SMALL, LARGE = 64, 64 << 20


def loose(store, name, content, size=None):
    """A loose object; one whose name is a lie, where the name is given."""
    folder = store / name[:2]
    folder.mkdir(parents=True, exist_ok=True)
    told = f"blob {len(content) if size is None else size}\0".encode()
    (folder / name[2:]).write_bytes(zlib.compress(told + content, 1))


def named(content):
    """The name of a file's object."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


@pytest.fixture
def packing(tmp_path):
    """An object store, and what takes from it."""
    store, place = tmp_path / "objects", tmp_path / "place"
    store.mkdir()
    place.mkdir()
    beats = []
    return store, Stock(place, (), lambda: beats.append(1)), beats


def test_small_objects_do_not_wait_for_large_ones(tmp_path):
    """A look ends after its time: what is left comes with the next."""
    store, now = tmp_path / "objects", [0.0]
    small, large, larger = os.urandom(SMALL), bytes(LARGE), bytes(2 * LARGE)
    for content in (larger, small, large):
        loose(store, named(content), content)

    def beat():
        """Each piece of an object takes a second."""
        now[0] += 1

    taking = Stock(tmp_path, (), beat, monotonic=lambda: now[0])
    with Folder.at(store) as folder:
        assert taking.take(folder)
        assert taking.seen == {named(small), named(large)}
        while taking.take(folder):
            pass
    assert named(larger) in taking.seen


def test_a_large_object_is_no_silence(packing):
    """Whoever waits for a sign of life gets one while it is packed."""
    store, taking, beats = packing
    loose(store, named(bytes(LARGE)), bytes(LARGE))
    with Folder.at(store) as folder:
        taking.take(folder)
    assert len(beats) > LARGE // (1 << 20)


def test_an_object_of_another_name_is_read_once(packing):
    """It would cost every look as much again."""
    store, taking, beats = packing
    loose(store, "7" * 40, bytes(LARGE))
    with Folder.at(store) as folder:
        taking.take(folder)
        beats.clear()
        taking.take(folder)
    assert (taking.packs, taking.seen, beats) == (0, set(), [])


def test_what_may_be_cut_short_is_when_the_pod_is_told_to_stop():
    """And nothing that comes after it: that is the last push."""
    with Termination() as termination:
        with pytest.raises(Stopped), termination.cutting():
            signal.raise_signal(signal.SIGTERM)
        with termination.cutting():
            assert termination.asked


def test_a_folder_in_the_place_of_a_file_is_none(tmp_path):
    """It is told as what it is, and holds no descriptor."""
    (tmp_path / OUT).mkdir()
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0  # noqa: PTH112, PTH208
    with Folder.at(tmp_path) as folder:
        for _ in range(20):
            assert Stream(folder.handle, OUT, 1).read(1) == b""
            with pytest.raises(Unfit):
                folder.read(OUT, 1)
        if before:
            assert len(os.listdir("/proc/self/fd")) <= before + 1  # noqa: PTH208
