"""Which packages an image needs so that those that it names work."""

from collections.abc import Collection, Iterable, Mapping

from images.debian.control import Paragraph, needs, provides
from images.errors import Unresolved


def resolve(
    wanted: Iterable[str], known: Mapping[str, Paragraph], *, without: Collection[str]
) -> list[Paragraph]:
    """The wanted packages and all that they depend on, sorted by name; what needs one of `without` has to do without. Raises Unresolved.

    Of alternatives the first one counts that is there, as nothing is installed that could decide otherwise.
    """
    standing = {name: each["Package"] for each in known.values() for name in provides(each)}
    chosen: dict[str, Paragraph] = {}
    waiting = [[name] for name in wanted]
    left_out = set(without) - {name for names in waiting for name in names}
    while waiting:
        names = waiting.pop()
        if any(name in left_out or name in chosen or standing.get(name) in chosen for name in names):
            continue
        name = next(
            (found for name in names if (found := name if name in known else standing.get(name))), None
        )
        if name is None:
            raise Unresolved(f"{' | '.join(names)}: no such package; correct images/debian/packages.toml")
        chosen[name] = known[name]
        waiting.extend(needs(known[name]))
    return [chosen[name] for name in sorted(chosen)]
