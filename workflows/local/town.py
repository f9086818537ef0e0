"""The town of one machine, as the command line sees it."""

import datetime
from collections.abc import Callable
from pathlib import Path

from workflows.clock import utc_now
from workflows.local.convoys import Convoys
from workflows.local.ground import Grounds
from workflows.local.home import Home
from workflows.local.kept import Kept
from workflows.local.notices import Notices
from workflows.local.observed import Observed
from workflows.local.polecats import Polecats
from workflows.local.records import ConvoyRecords
from workflows.local.rigs import Rigs
from workflows.local.store import Store


class LocalTown:
    """One user's town. Whatever it does leaves the store whole, whenever the process is killed."""

    def __init__(
        self,
        home: Home,
        *,
        agents_file: Path | None = None,
        clock: Callable[[], datetime.datetime] = utc_now,
    ) -> None:
        self.home = home
        self.store = Store(home.database)
        observed = Observed(self.store)
        self.rigs = Rigs(self.store, observed, home, clock)
        self.convoys = Convoys(
            self.store,
            ConvoyRecords(self.store),
            observed,
            home,
            Grounds(self.rigs, agents_file),
            clock,
            Kept(self.store),
        )
        self.polecats = Polecats(self.store, observed, home, self.rigs, self.convoys)
        self.notices = Notices(self.store, home, self.convoys, self.polecats)
