"""Which Debian packages an image gets, and what the lock has of them."""

import pytest

from images.debian import lock
from images.debian.control import paragraphs
from images.debian.resolve import resolve
from images.errors import Unresolved

INDEX = """\
Package: git
Version: 1:2.47
Depends: libc6 (>= 2.38), git-man (<< 1), perl:any | other, awk
Description: fast
 and more

Package: libc6
Version: 2.41
Pre-Depends: libgcc-s1

Package: libgcc-s1
Version: 14

Package: mawk
Version: 1.3
Provides: awk (= 1)
"""
KNOWN = {each["Package"]: each for each in paragraphs(INDEX)}


def _names(*wanted: str, without: tuple[str, ...] = ()) -> list[str]:
    return [each["Package"] for each in resolve(wanted, KNOWN, without=without)]


def test_what_a_package_needs_comes_with_it() -> None:
    """All the way down, by the name of another where one stands for it; what is left out is not looked for."""
    assert ["git", "libc6", "libgcc-s1", "mawk"] == _names("git", without=("git-man", "perl"))


def test_what_is_asked_for_by_name_is_never_left_out() -> None:
    """A layer may want what the others do without."""
    assert ["mawk"] == _names("mawk", without=("mawk",))


def test_a_package_that_is_nowhere_is_named() -> None:
    """With the file to correct."""
    with pytest.raises(Unresolved, match=r"git-man: no such package; correct images/debian/packages\.toml"):
        _names("git", without=("perl",))


@pytest.mark.parametrize("layer", ["base", "git", "work", "native", "python311"])
def test_both_architectures_are_locked_alike(layer: str) -> None:
    """The same packages, each with a checksum and a place of its own architecture."""
    amd, arm = (lock.locked(layer, each) for each in lock.ARCHITECTURES)
    assert [each.name for each in amd] == [each.name for each in arm]
    assert [] == [
        each for each in (*amd, *arm) if len(each.digest) != 64 or not each.path.startswith("pool/")
    ]


def test_nothing_that_builds_or_installs_is_in_the_released_images() -> None:
    """No compiler, no package manager, no Perl; no shell beside the adapter."""
    names = {each.name for layer in ("base", "git") for each in lock.locked(layer, "amd64")}
    assert set() == names & {"gcc", "make", "apt", "dpkg", "perl", "perl-base", "python3-pip", "bash"}
    assert set() == {each.name for each in lock.locked("base", "amd64")} & {"dash", "bash", "coreutils"}
