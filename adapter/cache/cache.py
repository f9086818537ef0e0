"""The informer store: views of objects, fed by watches, by lists and by the answers to our own writes; the newest version wins.

kopf keeps no objects, sends nothing for what was deleted while its watch was away (measured: 1.45.2), and an apiserver that is
asked for everything at every change is no apiserver for long.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeVar

from adapter.objects.keys import Key
from adapter.objects.kinds import SERVED
from adapter.objects.views import View

V = TypeVar("V", bound=View)
K = TypeVar("K")

OnChange = Callable[[View | None, View | None], None]
"""Called with the view before and the view after a change; None where there is none."""


class Cache:
    """Views by key, by owner and by rig."""

    def __init__(self) -> None:
        self._views: dict[str, dict[Key, View]] = defaultdict(dict)
        self._owned: dict[tuple[Key | None, str], set[Key]] = defaultdict(set)
        self._of_rig: dict[tuple[str, str], set[Key]] = defaultdict(set)
        self._changed: OnChange = lambda _before, _after: None

    def subscribe(self, on_change: OnChange) -> None:
        """Call this with every change."""
        self._changed = on_change

    def lacks(self, key: Key, version: int) -> bool:
        """True where the cache has no such version yet: asked before a view is made of what may be our own write coming back."""
        known = self._views[key.kind].get(key)
        return known is None or known.version < version

    def put(self, view: View) -> bool:
        """Store a view; returns whether it was newer than the cached one."""
        known = self._views[view.key.kind].get(view.key)
        if known is not None and known.version >= view.version:
            return False
        if known is not None:
            self._forget(known)
        self._keep(view)
        self._changed(known, view)
        return True

    def replace_with(self, view: View) -> bool:
        """Replace a cached object by a fuller copy of the same or a newer version."""
        known = self._views[view.key.kind].get(view.key)
        if known is None or known.uid != view.uid or known.version > view.version:
            return False
        self._forget(known)
        self._keep(view)
        self._changed(known, view)
        return True

    def drop(self, key: Key, uid: str) -> bool:
        """Remove an object that was deleted; another one of its name stays."""
        known = self._views[key.kind].get(key)
        if known is None or known.uid != uid:
            return False
        self._forget(known)
        del self._views[key.kind][key]
        self._changed(known, None)
        return True

    def get(self, key: Key) -> View | None:
        """The view of an object."""
        return self._views[key.kind].get(key)

    def find(self, key: Key, kind: type[V]) -> V | None:
        """The view of an object, if there is one of this type."""
        found = self._views[key.kind].get(key)
        return found if isinstance(found, kind) else None

    def all(self, kind: str, of: type[V]) -> list[V]:
        """All views of a kind, by key."""
        found = self._views[kind]
        return [each for key in sorted(found) if isinstance(each := found[key], of)]

    def keys(self, kind: str) -> list[Key]:
        """The keys of a kind, in order."""
        return sorted(self._views[kind])

    def owned(self, owner: Key, uid: str, of: type[V]) -> list[V]:
        """What an object owns, of one type, by key.

        By the owner's key too: a uid can be written into what stands in another namespace, and would speak for an owner there.
        """
        return self._picked(self._owned.get((owner, uid), ()), of)

    def of_rig(self, kind: str, rig: str, of: type[V]) -> list[V]:
        """What belongs to a rig, of one kind, by key."""
        return self._picked(self._of_rig.get((kind, rig), ()), of)

    @staticmethod
    def holds(kind: str) -> bool:
        """True for the kinds that are cached."""
        return SERVED[kind].watched

    def count(self, kind: str) -> int:
        """How many objects of a kind there are."""
        return len(self._views[kind])

    def _picked(self, keys: Iterable[Key], of: type[V]) -> list[V]:
        found = (self._views[key.kind][key] for key in sorted(keys))
        return [each for each in found if isinstance(each, of)]

    def _keep(self, view: View) -> None:
        self._views[view.key.kind][view.key] = view
        if view.owner:
            self._owned[view.owner_key, view.owner].add(view.key)
        if view.rig:
            self._of_rig[view.key.kind, view.rig].add(view.key)

    def _forget(self, known: View) -> None:
        _discard(self._owned, (known.owner_key, known.owner), known.key)
        _discard(self._of_rig, (known.key.kind, known.rig), known.key)


def _discard(table: dict[K, set[Key]], name: K, key: Key) -> None:
    """Take a key out of a set, and an empty set out of its table, or uids of long gone convoys would pile up."""
    keys = table.get(name)
    if keys is not None:
        keys.discard(key)
        if not keys:
            del table[name]
